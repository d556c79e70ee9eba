"""What can go wrong at a provider, each with a sentence a person can act on."""

from http import HTTPStatus
from typing import Any

from app.core.errors import DomainError
from app.core.text import N_


class ProviderError(DomainError):
    """A provider refused, failed or was not there.

    `detail` is the provider's own text, `remote_code` its error code, `retry_after` the seconds
    it asks to wait. `maybe_done` is True when what was asked for may have happened although the
    answer was lost: look for it before asking again.
    """

    status = HTTPStatus.BAD_GATEWAY
    code = "provider_error"
    template = N_("The provider answered with an error (HTTP {http_status}).")

    def __init__(
        self,
        *,
        detail: str = "",
        remote_code: str | None = None,
        retry_after: float | None = None,
        maybe_done: bool = False,
        **params: object,
    ) -> None:
        super().__init__(self.template, detail=detail, **params)
        self.detail = detail
        self.remote_code = remote_code
        self.retry_after = retry_after
        self.maybe_done = maybe_done

    def as_record(self) -> dict[str, Any]:
        """As it is kept in a row, to be said later in a reader's language."""
        params = {name: str(value) for name, value in self.params.items()}
        return {"code": self.code, "sentence": self.sentence, "params": params}


class ProviderUnreachable(ProviderError):
    code = "provider_unreachable"
    template = N_("Nothing answers at {host}. Check the base URL and that the server is running.")


class HostUnknown(ProviderUnreachable):
    code = "provider_host_unknown"
    template = N_("The name {host} is not known. Check the base URL for a slip of the pen.")


class CertificateRefused(ProviderUnreachable):
    code = "provider_certificate"
    template = N_("The certificate of {host} is not trusted. Renew it, or use the name it is for.")


class ConnectionBroken(ProviderUnreachable):
    code = "provider_connection_broken"
    template = N_("{host} broke off the connection before its answer was complete. Try again.")


class ProviderTimedOut(ProviderUnreachable):
    code = "provider_timed_out"
    template = N_("{host} did not answer in time. Try again in a moment.")


class AddressRefused(ProviderError):
    code = "provider_address_refused"
    template = N_("The address {host} is not one that connections may point to. Use another one.")


class AddressInvalid(ProviderError):
    code = "provider_address_invalid"
    template = N_("{address} is not a web address. Enter one such as https://api.example.com/v1.")


class Redirected(ProviderError):
    code = "provider_redirected"
    template = N_("{host} sends on to {location}. Enter that address as the base URL.")


class Unauthorized(ProviderError):
    code = "provider_unauthorized"
    template = N_("The key was not accepted. Enter a key that is valid now.")


class PermissionRefused(ProviderError):
    code = "provider_permission"
    template = N_(
        "The key may not do this. Give it access to files, models and fine-tuning at the provider."
    )


class TrainingNotAvailable(ProviderError):
    """OpenAI's wind-down: the organisation can no longer create jobs, everything else works."""

    code = "training_not_available"
    template = N_(
        "This organisation can no longer create fine-tuning jobs: OpenAI is closing fine-tuning. "
        "What exists stays readable; use another connection for new jobs."
    )


class RateLimited(ProviderError):
    code = "provider_rate_limited"
    template = N_("The provider asks for a pause, as too much was asked at once. Try again later.")


class InsufficientQuota(ProviderError):
    code = "provider_insufficient_quota"
    template = N_("The account has no credit left. Add credit or raise the limit at the provider.")


class RemoteNotFound(ProviderError):
    code = "provider_not_found"
    template = N_("The provider does not have this, or the key may not see it: {detail}")


class NotOffered(ProviderError):
    """The whole endpoint is missing, not the thing asked for."""

    code = "provider_not_offered"
    template = N_(
        "The server answers, but does not offer this. Check how the base URL ends, often in /v1."
    )


class RequestRefused(ProviderError):
    code = "provider_refused"
    template = N_("The provider refused the request: {detail}")


class ProviderFailed(ProviderError):
    code = "provider_failed"
    template = N_("The provider has a fault of its own (HTTP {http_status}). Try again later.")


class NonsenseAnswer(ProviderError):
    code = "provider_nonsense"
    template = N_(
        "The server answers, but not as a fine-tuning provider does. "
        "Check how the base URL ends, often in /v1."
    )

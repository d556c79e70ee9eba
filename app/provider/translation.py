"""The SDK's exceptions as ours."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2
import openai

from app.core.clock import now
from app.provider import errors
from app.provider.addresses import host_of
from app.provider.lenient import as_mapping, as_number, as_text

QUOTA_CODES = {"insufficient_quota", "exceeded_quota", "billing_hard_limit_reached"}
LONGEST_DETAIL = 600
LONGEST_PAUSE = 86_400.0
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@contextmanager
def translated(base_url: str, secret: str, *, creates: bool = False) -> Iterator[None]:
    """Raise our errors for the SDK's. `creates` marks a request that must not be made twice."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _of_status(error, host_of(base_url), secret, creates) from error
    except openai.APIConnectionError as error:
        raise _of_connection(error.__cause__, host_of(base_url), creates) from error
    except openai.APIError as error:
        code, detail = _said(error.body, secret)
        raise errors.RequestRefused(detail=detail or "?", remote_code=code) from error
    except httpx2.HTTPError as error:
        raise _of_connection(error, host_of(base_url), creates) from error


def _of_connection(cause: BaseException | None, host: str, creates: bool) -> errors.ProviderError:
    maybe_done = creates and not isinstance(cause, NEVER_SENT)
    roots = list(_causes(cause))
    if any(isinstance(root, socket.gaierror | UnicodeError) for root in roots):
        return errors.HostUnknown(host=host)
    if any(isinstance(root, ssl.SSLCertVerificationError) for root in roots):
        return errors.CertificateRefused(host=host)
    if isinstance(cause, httpx2.DecodingError):
        return errors.NonsenseAnswer(maybe_done=maybe_done)
    if isinstance(cause, httpx2.TimeoutException):
        return errors.ProviderTimedOut(host=host, maybe_done=maybe_done)
    if isinstance(cause, httpx2.ConnectError):
        return errors.ProviderUnreachable(host=host)
    return errors.ConnectionBroken(host=host, maybe_done=maybe_done)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_status(
    error: openai.APIStatusError, host: str, secret: str, creates: bool
) -> errors.ProviderError:
    status = error.status_code
    code, detail = _said(error.body, secret)
    kind = _kind(status, code, detail)
    return kind(
        detail=detail or f"HTTP {status}",
        remote_code=code,
        retry_after=_retry_after(error.response.headers),
        maybe_done=creates and (status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT),
        http_status=status,
        host=host,
        location=_location(error.response),
    )


def _kind(status: int, code: str | None, detail: str) -> type[errors.ProviderError]:
    if code == "training_not_available":
        return errors.TrainingNotAvailable
    if code in QUOTA_CODES or status == HTTPStatus.PAYMENT_REQUIRED:
        return errors.InsufficientQuota
    if status == HTTPStatus.NOT_FOUND:
        missing = not detail or detail.startswith(("Invalid URL", "Not Found"))
        return errors.NotOffered if missing else errors.RemoteNotFound
    if status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED:
        return errors.ProviderFailed
    if 300 <= status < 400:
        return errors.Redirected
    return KINDS.get(status, errors.RequestRefused)


KINDS: dict[int, type[errors.ProviderError]] = {
    HTTPStatus.UNAUTHORIZED: errors.Unauthorized,
    HTTPStatus.FORBIDDEN: errors.PermissionRefused,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.NotOffered,
    HTTPStatus.NOT_IMPLEMENTED: errors.NotOffered,
    HTTPStatus.REQUEST_TIMEOUT: errors.ProviderTimedOut,
    HTTPStatus.TOO_MANY_REQUESTS: errors.RateLimited,
}


def _said(body: object, secret: str) -> tuple[str | None, str]:
    """Code and text of an error body, without the key that some providers repeat in it."""
    said = as_mapping(body)
    code = as_text(said.get("code")) or as_text(said.get("type"))
    detail = as_text(said.get("message")) or as_text(said.get("detail")) or ""
    if len(secret) >= 8:
        detail = detail.replace(secret, "…")
    return code, detail[:LONGEST_DETAIL]


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    milliseconds = as_number(headers.get("retry-after-ms"))
    text = headers.get("retry-after")
    seconds = milliseconds / 1000 if milliseconds is not None else as_number(text)
    if seconds is None and text:
        seconds = _seconds_until(text)
    return min(max(seconds, 0.0), LONGEST_PAUSE) if seconds is not None else None


def _seconds_until(http_date: str) -> float | None:
    try:
        return (parsedate_to_datetime(http_date) - now()).total_seconds()
    except (ValueError, TypeError):
        return None


def _location(response: httpx2.Response) -> str:
    """Where a redirect leads, without query or credentials."""
    location = response.headers.get("location", "")
    try:
        target = response.request.url.join(location)
        return f"{target.scheme}://{target.netloc.decode()}{target.path}"
    except (httpx2.InvalidURL, ValueError):
        return location[:LONGEST_DETAIL]

"""What each kind of provider does in its own way, as data. Oddities live here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.errors import NotFound
from app.core.text import N_
from app.provider.types import JobStatus


class AuthHeader(StrEnum):
    BEARER = "bearer"
    API_KEY = "api-key"


class HyperparameterStyle(StrEnum):
    """Where a create request carries its hyperparameters."""

    METHOD = "method"
    TOP_LEVEL = "top-level"


class ResultEncoding(StrEnum):
    """How the text of a result file arrives; it is recognised, this is what to expect."""

    BASE64 = "base64"
    PLAIN = "plain"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Profile:
    """`winds_down`: may refuse new jobs for good; `is_offered`: people may add one."""

    name: str
    label: str
    meaning: str
    base_url: str = ""
    needs_key: bool = True
    auth_header: AuthHeader = AuthHeader.BEARER
    status_words: Mapping[str, JobStatus] = field(default_factory=dict)
    hyperparameter_style: HyperparameterStyle = HyperparameterStyle.METHOD
    result_encoding: ResultEncoding = ResultEncoding.EITHER
    max_tokens_field: str = "max_tokens"
    suffix_max: int = 64
    waits_for_files: bool = False
    learning_rate_is_absolute: bool = False
    needs_deployment: bool = False
    read_only: bool = False
    winds_down: bool = False
    is_offered: bool = True
    has_events: bool = True
    has_metadata: bool = True
    has_pause: bool = False


# Words seen beyond the official ones, from gateways and other servers.
FOREIGN_STATUS_WORDS = {
    "pending": JobStatus.QUEUED,
    "created": JobStatus.QUEUED,
    "creating": JobStatus.QUEUED,
    "resuming": JobStatus.QUEUED,
    "validating": JobStatus.VALIDATING,
    "training": JobStatus.RUNNING,
    "pausing": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "error": JobStatus.FAILED,
    "canceled": JobStatus.CANCELLED,
    "stopped": JobStatus.CANCELLED,
}

ENGINE = Profile(
    name="engine",
    label=N_("Tuneboard engine"),
    meaning=N_("The built-in training server: no key, no cost, results in seconds."),
    result_encoding=ResultEncoding.BASE64,
    has_pause=True,
    is_offered=False,
)

OPENAI = Profile(
    name="openai",
    label=N_("OpenAI"),
    meaning=N_("OpenAI itself. New jobs until 6 January 2027, for organisations still admitted."),
    base_url="https://api.openai.com/v1",
    result_encoding=ResultEncoding.BASE64,
    max_tokens_field="max_completion_tokens",
    has_pause=True,
    winds_down=True,
)

COMPATIBLE = Profile(
    name="compatible",
    label=N_("OpenAI-compatible"),
    meaning=N_("Any other server that speaks the OpenAI fine-tuning API."),
    needs_key=False,
    status_words=FOREIGN_STATUS_WORDS,
    waits_for_files=True,
)

PROFILES = {profile.name: profile for profile in (ENGINE, OPENAI, COMPATIBLE)}


def get_profile(name: str) -> Profile:
    try:
        return PROFILES[name]
    except KeyError:
        raise NotFound("There is no provider profile named {name}.", name=name) from None

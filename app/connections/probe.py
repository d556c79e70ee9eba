"""The test of a connection: what works, each failure in a sentence a person can act on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from app.connections.checks import Check, Verdict
from app.core.clock import now
from app.core.text import N_
from app.provider.client import ProviderClient
from app.provider.errors import (
    NotOffered,
    PermissionRefused,
    ProviderError,
    Redirected,
    RemoteNotFound,
    TrainingNotAvailable,
    Unauthorized,
)
from app.provider.types import ModelInfo

ANSWERS = N_("{host} answers in {milliseconds} ms.")
KEY_WORKS = N_("The key is accepted.")
NO_KEY_NEEDED = N_("The server answers without a key.")
MODELS_SEEN = N_("{count} models can be seen.")
NO_MODELS = N_("The list of models is empty. Check that the key belongs to the right project.")
JOBS_SEEN = N_("Jobs can be listed.")
CREATION_OPEN = N_("Nothing speaks against new jobs.")
CREATION_CLOSING = N_(
    "Not refused so far. OpenAI creates no new jobs after 6 January 2027 and has closed "
    "fine-tuning for some organisations already; the first job will tell."
)
EARLIER_FIRST = N_("What comes before this has to work first.")


@dataclass
class Probe:
    """Results of a test. `models` is None when the list could not be read.

    `error` is the first failure that keeps the connection from working at all.
    """

    host: str
    rows: dict[Check, dict[str, Any]] = field(default_factory=dict)
    models: list[ModelInfo] | None = None
    milliseconds: int = 0
    error: ProviderError | None = None
    training_available: bool | None = None

    def say(self, check: Check, verdict: Verdict, sentence: str, **params: object) -> None:
        self.rows[check] = {"verdict": verdict, "sentence": sentence, "params": params}

    def quote(self, check: Check, verdict: Verdict, error: ProviderError) -> None:
        self.rows[check] = {"verdict": verdict, **error.as_record()}

    def fail(self, check: Check, error: ProviderError) -> None:
        self.error = self.error or error
        self.quote(check, Verdict.FAILS, error)

    def as_record(self) -> dict[str, Any]:
        untried = {"verdict": Verdict.UNTRIED, "sentence": EARLIER_FIRST, "params": {}}
        return {
            "at": now().isoformat(),
            "milliseconds": self.milliseconds,
            "is_good": self.error is None,
            "rows": [{"check": check, **self.rows.get(check, untried)} for check in Check],
        }


def probe(client: ProviderClient, host: str, *, training_available: bool | None = None) -> Probe:
    """Ask for models and jobs; creates nothing and raises no ProviderError."""
    result = Probe(host, training_available=training_available)
    if _ask_for_models(client, result):
        _ask_for_jobs(client, result)
    if result.error is None:
        _ask_for_creation(client, result)
    return result


def _ask_for_models(client: ProviderClient, result: Probe) -> bool:
    """Whether asking on makes sense."""
    begins_at = perf_counter()
    error = _try(lambda: setattr(result, "models", client.list_models()))
    result.milliseconds = round((perf_counter() - begins_at) * 1000)
    if error is not None and not _has_answered(error):
        result.fail(Check.REACHABLE, error)
        return False
    times = {"host": result.host, "milliseconds": result.milliseconds}
    result.say(Check.REACHABLE, Verdict.WORKS, ANSWERS, **times)
    return _judge_models(result, error, KEY_WORKS if client.endpoint.api_key else NO_KEY_NEEDED)


def _try(ask: Callable[[], object]) -> ProviderError | None:
    try:
        ask()
    except ProviderError as error:
        return error
    return None


def _has_answered(error: ProviderError) -> bool:
    """Whether it was the provider that spoke, and not an obstacle on the way."""
    return "http_status" in error.params and not isinstance(error, Redirected)


def _judge_models(result: Probe, error: ProviderError | None, key_sentence: str) -> bool:
    match error:
        case None:
            result.say(Check.KEY, Verdict.WORKS, key_sentence)
            count = len(result.models or [])
            if count:
                result.say(Check.MODELS, Verdict.WORKS, MODELS_SEEN, count=count)
            else:
                result.say(Check.MODELS, Verdict.WARNS, NO_MODELS)
            return True
        case Unauthorized():
            result.fail(Check.KEY, error)
            return False
        case NotOffered() | RemoteNotFound() | PermissionRefused():
            # A list of models is a help, no need: some servers and some keys have none.
            result.quote(Check.MODELS, Verdict.WARNS, error)
            return True
        case _:
            result.fail(Check.MODELS, error)
            return False


def _ask_for_jobs(client: ProviderClient, result: Probe) -> None:
    error = _try(lambda: client.list_jobs(limit=1))
    if isinstance(error, Unauthorized):
        result.fail(Check.KEY, error)
        return
    key_sentence = KEY_WORKS if client.endpoint.api_key else NO_KEY_NEEDED
    result.say(Check.KEY, Verdict.WORKS, key_sentence)
    if error is not None:
        result.fail(Check.FINE_TUNING, error)
    else:
        result.say(Check.FINE_TUNING, Verdict.WORKS, JOBS_SEEN)


def _ask_for_creation(client: ProviderClient, result: Probe) -> None:
    if not client.profile.winds_down:
        result.say(Check.CREATION, Verdict.WORKS, CREATION_OPEN)
        return
    if isinstance(_try(client.check_creation), TrainingNotAvailable):
        result.training_available = False
    if result.training_available is False:
        result.quote(Check.CREATION, Verdict.FAILS, TrainingNotAvailable())
    else:
        result.say(Check.CREATION, Verdict.WARNS, CREATION_CLOSING)

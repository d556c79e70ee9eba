"""Why a column got no answer, in a sentence a person can act on."""

from typing import Any

from app.core.errors import DomainError
from app.core.text import N_
from app.playground.models import Column
from app.provider.errors import NotOffered, RateLimited, RemoteNotFound

NOT_THERE = N_(
    "The provider does not have this model, or not yet: after its job a model often needs a "
    "minute before it answers. Try again in a moment. ({detail})"
)
PAUSE = N_(
    "The provider asks for a pause of {seconds} s, as too much was asked at once. Send again then."
)
OTHER_ENDPOINT = N_(
    "The provider does not offer {endpoint} here. Ask this model the other way, or check how the "
    "base URL of the connection ends."
)


def record_of(error: DomainError, column: Column) -> dict[str, Any]:
    """As it is kept with the column, to be said later in a reader's language."""
    sentence, params = _told(error, column)
    return {
        "code": error.code,
        "sentence": sentence,
        "params": {name: str(value) for name, value in params.items()},
    }


def _told(error: DomainError, column: Column) -> tuple[str, dict[str, object]]:
    match error:
        case RemoteNotFound():
            return NOT_THERE, {"detail": error.detail}
        case RateLimited(retry_after=float(seconds)) if seconds >= 1:
            return PAUSE, {"seconds": round(seconds)}
        case NotOffered():
            return OTHER_ENDPOINT, {"endpoint": column.asked_as.value}
    return error.sentence, error.params

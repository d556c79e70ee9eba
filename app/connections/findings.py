"""What was found out about a connection: kept on its row, said on its page."""

from datetime import timedelta
from typing import Any

from app.connections.models import Connection
from app.connections.probe import Probe
from app.core.clock import now
from app.core.errors import DomainError
from app.provider.errors import (
    NotOffered,
    PermissionRefused,
    ProviderError,
    RemoteNotFound,
    RequestRefused,
    TrainingNotAvailable,
)
from app.provider.types import ModelInfo

MODELS_AGE = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=30)
MOST_MODELS = 2000
# These speak of what was asked for: the connection itself works.
OF_THE_REQUEST = (RequestRefused, RemoteNotFound)
# Some servers and some keys have no list of models, and do without.
NO_LIST = (NotOffered, RemoteNotFound, PermissionRefused)


def keep_success(connection: Connection) -> None:
    connection.last_sync_at = now()
    connection.last_error = connection.last_error_at = None


def keep_error(connection: Connection, error: DomainError) -> None:
    """The wind-down is no failure: everything but new jobs goes on working."""
    if isinstance(error, TrainingNotAvailable):
        connection.training_available = False
        return
    if isinstance(error, OF_THE_REQUEST):
        return
    connection.last_error = _error_record(error)
    connection.last_error_at = now()


def keep_probe(connection: Connection, result: Probe) -> None:
    connection.last_test = result.as_record()
    connection.training_available = result.training_available
    if result.models is not None:
        _set_models(connection, result.models)
    if result.error is None:
        keep_success(connection)
    else:
        keep_error(connection, result.error)


def keep_models(connection: Connection, outcome: list[ModelInfo] | DomainError) -> None:
    """A failure is tried again soon, then ever later, at most as late as a good list gets old."""
    if isinstance(outcome, NO_LIST):
        connection.models_due_at = now() + MODELS_AGE
    elif isinstance(outcome, DomainError):
        keep_error(connection, outcome)
        pause = FIRST_PAUSE * 2 ** min(connection.models_failure_count, 10)
        asked_pause = timedelta(seconds=getattr(outcome, "retry_after", None) or 0)
        connection.models_failure_count += 1
        connection.models_due_at = now() + min(max(pause, asked_pause), MODELS_AGE)
    else:
        _set_models(connection, outcome)
        keep_success(connection)


def forget_findings(connection: Connection) -> None:
    """What was found out may no longer hold; the list of models stays until there is a new one."""
    connection.changed_at = now()
    connection.last_test = None
    connection.last_error = connection.last_error_at = None
    connection.training_available = None
    connection.models_due_at = now()
    connection.models_failure_count = 0


def _set_models(connection: Connection, models: list[ModelInfo]) -> None:
    connection.models = [_model_record(model) for model in models[:MOST_MODELS]]
    connection.models_fetched_at = now()
    connection.models_due_at = now() + MODELS_AGE
    connection.models_failure_count = 0


def _model_record(model: ModelInfo) -> dict[str, Any]:
    return {
        "id": model.id,
        "owned_by": model.owned_by,
        "created_at": model.created_at.isoformat() if model.created_at else None,
        "shutdown_date": model.shutdown_date.isoformat() if model.shutdown_date else None,
        "is_tuned": model.is_tuned,
    }


def _error_record(error: DomainError) -> dict[str, Any]:
    if isinstance(error, ProviderError):
        return error.as_record()
    return {"code": error.code, "sentence": error.sentence, "params": {}}

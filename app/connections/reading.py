"""Background work: keeps the lists of models fresh, so that no page waits for a provider."""

from sqlmodel import col, select

from app.connections.findings import keep_models
from app.connections.models import Connection
from app.connections.service import client_for, get_connection
from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import DomainError
from app.core.leases import claim, release
from app.provider.types import ModelInfo

LEASE_SECONDS = 180.0


def read_due_models(context: Context) -> bool:
    """Read the list of one connection whose list is old; True if there was one."""
    due = (col(Connection.models_due_at) <= now(), col(Connection.retired_at).is_(None))
    with context.db.read() as session:
        # Idle workers do not take turns at the write lock.
        if session.exec(select(Connection.id).where(*due).limit(1)).first() is None:
            return False
    with context.db.write() as session:
        claimed = claim(session, Connection, *due, owner=context.owner, seconds=LEASE_SECONDS)
        if claimed is None:
            return False
        asked = get_connection(session, claimed)
    outcome = _ask_for_models(asked, context)
    with context.db.write() as session:
        connection = get_connection(session, claimed)
        if connection.changed_at == asked.changed_at:
            keep_models(connection, outcome)
        release(session, Connection, claimed, owner=context.owner)
    return True


TASKS = [Task("connections.models", read_due_models, is_remote=True)]


def _ask_for_models(connection: Connection, context: Context) -> list[ModelInfo] | DomainError:
    try:
        with client_for(connection, context.secrets, context.settings) as client:
            return client.list_models()
    except DomainError as error:
        return error

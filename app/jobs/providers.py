"""The way from a job's connection to its provider."""

from app.connections.service import client_for, get_connection
from app.core.context import Context
from app.core.errors import Conflict
from app.provider.client import ProviderClient


def open_client(context: Context, connection_id: int) -> ProviderClient:
    """To be used in `with`, outside any transaction. A retired connection is not asked."""
    with context.db.read() as session:
        connection = get_connection(session, connection_id)
    if connection.is_retired:
        raise Conflict("This connection is retired, so its jobs are no longer followed.")
    return client_for(connection, context.secrets, context.settings)

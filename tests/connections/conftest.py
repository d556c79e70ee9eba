from collections.abc import Iterator

import pytest
from sqlmodel import Session

from app.connections import service
from app.connections.models import Connection
from app.connections.schemas import ConnectionCreate
from app.core.actor import SYSTEM
from app.core.context import Context
from tests.connections.provider_server import KEY, ProviderServer, serving


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    with serving() as server:
        yield server


@pytest.fixture
def connection(context: Context, provider: ProviderServer) -> Connection:
    """A connection to the provider of the test."""
    data = ConnectionCreate(name="Lab", profile="compatible", base_url=provider.url, api_key=KEY)
    return add_connection(context, data)


@pytest.fixture
def engine_connection(context: Context, provider: ProviderServer) -> Connection:
    with context.db.write() as session:
        return service.ensure_engine_connection(session, context.secrets, provider.url, KEY)


def add_connection(context: Context, data: ConnectionCreate) -> Connection:
    with context.db.write() as session:
        return service.create_connection(session, context.secrets, context.settings, SYSTEM, data)


def reload(session: Session, connection: Connection) -> Connection:
    return service.get_connection(session, connection.id or 0)

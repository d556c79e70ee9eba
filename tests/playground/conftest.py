"""A connection to a provider that talks on demand, one to the real engine, what a form sends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.connections.models import Connection
from app.connections.schemas import ConnectionCreate
from app.connections.service import create_connection, ensure_engine_connection
from app.core.actor import SYSTEM
from app.core.context import Context
from app.playground.models import Exchange
from tests.engine_fixture import EngineServer
from tests.playground.talker import KEY, Talker, serve_talker

PARTIAL = {"hx-request": "true", "hx-request-type": "partial"}
FormFor = Callable[..., dict[str, Any]]


@pytest.fixture
def talker() -> Iterator[Talker]:
    with serve_talker() as talker:
        yield talker


@pytest.fixture
def connection(context: Context, talker: Talker) -> Connection:
    data = ConnectionCreate(name="Lab", profile="compatible", base_url=talker.url, api_key=KEY)
    with context.db.write() as session:
        connection = create_connection(session, context.secrets, context.settings, SYSTEM, data)
        names = ["large", "small", "babbage-002"]
        connection.models = [
            {"id": name, "owned_by": None, "created_at": None, "shutdown_date": None}
            | {"is_tuned": False}
            for name in names
        ]
        return connection


@pytest.fixture(scope="session")
def engine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    with EngineServer(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture
def engine_connection(context: Context, engine_server: EngineServer) -> Connection:
    with context.db.write() as session:
        return ensure_engine_connection(
            session, context.secrets, engine_server.url, engine_server.key
        )


@pytest.fixture
def form_for() -> FormFor:
    """What the form sends for these models: `form_for(connection, "large", system=["", "x"])`."""

    def make(connection: Connection, *models: str, **values: Any) -> dict[str, Any]:
        columns = {
            "connection_id": str(connection.id),
            "prompt": "Who are you?",
            "column": [f"c{number}" for number in range(1, len(models) + 1)],
            "model": list(models),
            "system": [""] * len(models),
            "endpoint": ["auto"] * len(models),
        }
        return columns | values

    return make


def last_exchange(session: Session) -> Exchange:
    session.rollback()  # what was read before is old
    found = session.exec(select(Exchange).order_by(col(Exchange.id).desc())).first()
    assert found is not None
    return found

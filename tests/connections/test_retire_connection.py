from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection, ConnectionState
from app.connections.reading import read_due_models
from app.core.context import Context
from tests.connections.conftest import reload
from tests.connections.provider_server import ProviderServer


def test_a_retired_connection_is_asked_no_more(
    ada: TestClient,
    connection: Connection,
    session: Session,
    context: Context,
    provider: ProviderServer,
) -> None:
    answer = ada.post(f"/connections/{connection.id}/retire")
    retired = reload(session, connection)
    assert answer.status_code == 303
    assert retired.state is ConnectionState.RETIRED
    assert not retired.can_create_jobs
    assert not read_due_models(context)
    assert ada.post(f"/connections/{connection.id}/test").status_code == 409
    assert ada.post(f"/connections/{connection.id}/models").status_code == 409
    assert provider.asked == []


def test_the_list_says_so(ada: TestClient, connection: Connection) -> None:
    ada.post(f"/connections/{connection.id}/retire")
    assert "retired" in ada.get("/connections").text
    page = ada.get(f"/connections/{connection.id}").text
    assert "What it brought stays." in page
    assert "Use again" in page


def test_twice_is_refused(ada: TestClient, connection: Connection) -> None:
    ada.post(f"/connections/{connection.id}/retire")
    assert ada.post(f"/connections/{connection.id}/retire").status_code == 409


def test_the_built_in_engine_stays(
    ada: TestClient, engine_connection: Connection, session: Session
) -> None:
    assert ada.post(f"/connections/{engine_connection.id}/retire").status_code == 409
    assert not reload(session, engine_connection).is_retired


def test_only_an_admin_retires(
    ed: TestClient, vi: TestClient, connection: Connection, session: Session
) -> None:
    for client in (ed, vi):
        assert client.post(f"/connections/{connection.id}/retire").status_code == 403
    assert not reload(session, connection).is_retired

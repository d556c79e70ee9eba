from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from tests.connections.conftest import reload


def test_it_is_used_again(ada: TestClient, connection: Connection, session: Session) -> None:
    ada.post(f"/connections/{connection.id}/retire")
    answer = ada.post(f"/connections/{connection.id}/restore")
    assert answer.status_code == 303
    assert not reload(session, connection).is_retired
    assert "Use again" not in ada.get(f"/connections/{connection.id}").text


def test_what_is_in_use_is_not_restored(ada: TestClient, connection: Connection) -> None:
    assert ada.post(f"/connections/{connection.id}/restore").status_code == 409


def test_only_an_admin_restores(
    ada: TestClient, ed: TestClient, vi: TestClient, connection: Connection, session: Session
) -> None:
    ada.post(f"/connections/{connection.id}/retire")
    for client in (ed, vi):
        assert client.post(f"/connections/{connection.id}/restore").status_code == 403
    assert reload(session, connection).is_retired

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.context import Context
from tests.connections.conftest import reload
from tests.connections.provider_server import KEY, ProviderServer


def form_of(connection: Connection, **changes: str) -> dict[str, str]:
    form = {"name": connection.name, "base_url": connection.base_url, "api_key": ""}
    return form | changes


def test_a_new_name_keeps_everything_else(
    ada: TestClient, connection: Connection, session: Session
) -> None:
    ada.post(f"/connections/{connection.id}/test")
    answer = ada.post(f"/connections/{connection.id}", data=form_of(connection, name="Lab 2"))
    changed = reload(session, connection)
    assert answer.status_code == 303
    assert (changed.name, changed.encrypted_key) == ("Lab 2", connection.encrypted_key)
    assert changed.last_test is not None


def test_a_new_key_replaces_the_old_and_forgets_what_was_found(
    ada: TestClient, connection: Connection, session: Session, context: Context
) -> None:
    ada.post(f"/connections/{connection.id}/test")
    ada.post(f"/connections/{connection.id}", data=form_of(connection, api_key="sk-new-key"))
    changed = reload(session, connection)
    assert context.secrets.decrypt(changed.encrypted_key or "") == "sk-new-key"
    assert changed.last_test is None


@pytest.mark.parametrize("base_url", ["https://elsewhere.example/v1", "http://127.0.0.1:9/v1"])
def test_a_stored_key_is_not_sent_to_another_server(
    ada: TestClient, connection: Connection, session: Session, base_url: str
) -> None:
    answer = ada.post(f"/connections/{connection.id}", data=form_of(connection, base_url=base_url))
    assert answer.status_code == 422
    assert "Enter the key again" in answer.text
    assert reload(session, connection).base_url == connection.base_url


def test_the_same_server_under_another_path_keeps_its_key(
    ada: TestClient, connection: Connection, provider: ProviderServer, session: Session
) -> None:
    form = form_of(connection, base_url=provider.url + "/beta")
    assert ada.post(f"/connections/{connection.id}", data=form).status_code == 303
    assert reload(session, connection).base_url.endswith("/v1/beta")


def test_the_built_in_engine_is_not_changed(
    ada: TestClient, engine_connection: Connection, session: Session
) -> None:
    path = f"/connections/{engine_connection.id}"
    assert ada.get(f"{path}/edit").status_code == 409
    assert ada.post(path, data=form_of(engine_connection, name="Mine")).status_code == 409
    assert reload(session, engine_connection).name == "Tuneboard engine"


def test_only_an_admin_changes(
    ed: TestClient, vi: TestClient, connection: Connection, session: Session
) -> None:
    for client in (ed, vi):
        assert client.get(f"/connections/{connection.id}/edit").status_code == 403
        answer = client.post(f"/connections/{connection.id}", data=form_of(connection, name="X"))
        assert answer.status_code == 403
    assert reload(session, connection).name == "Lab"


def test_the_page_shows_the_change_and_no_key(ada: TestClient, connection: Connection) -> None:
    ada.post(f"/connections/{connection.id}", data=form_of(connection, project="proj_7"))
    page = ada.get(f"/connections/{connection.id}").text
    assert "proj_7" in page
    assert KEY not in page


def test_nobody_changes_what_is_not_there(ada: TestClient) -> None:
    assert ada.post("/connections/99", data={"name": "x"}).status_code == 404

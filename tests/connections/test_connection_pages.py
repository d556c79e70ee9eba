"""Pages of connections in their states, with hostile words in them."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.connections import service
from app.connections.models import Connection
from app.connections.schemas import ConnectionCreate
from app.core.clock import now
from app.core.context import Context
from app.provider.errors import ProviderTimedOut, RequestRefused, TrainingNotAvailable
from tests.connections.conftest import add_connection, reload
from tests.connections.provider_server import KEY, ProviderServer

HOSTILE = "<script>alert(1)</script>'\""


@pytest.mark.parametrize("name", ["ada", "ed", "vi"])
def test_an_empty_list_teaches(name: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(name).get("/connections").text
    assert "No connection yet" in page
    assert ("Only an admin may add connections." in page) is (name != "ada")


def test_nobody_looks_without_signing_in(anonymous: TestClient) -> None:
    assert anonymous.get("/connections").status_code == 303


def test_hostile_names_are_text(ada: TestClient, context: Context) -> None:
    data = ConnectionCreate(name=HOSTILE, profile="compatible", base_url="http://tune.example")
    connection = add_connection(context, data)
    for path in (
        "/connections",
        f"/connections/{connection.id}",
        f"/connections/{connection.id}/edit",
    ):
        page = ada.get(path).text
        assert "&lt;script&gt;" in page
        assert HOSTILE not in page


def test_what_a_provider_says_is_text(
    vi: TestClient, context: Context, connection: Connection
) -> None:
    with context.db.write() as session:
        found = reload(session, connection)
        found.last_error = {
            "code": "x",
            "sentence": "Refused: {detail}",
            "params": {"detail": HOSTILE},
        }
        found.last_error_at = now()
        found.models = [
            {"id": HOSTILE, "owned_by": HOSTILE, "created_at": None, "shutdown_date": None}
            | {"is_tuned": False}
        ]
    for path in ("/connections", f"/connections/{connection.id}"):
        page = vi.get(path).text
        assert "Refused: &lt;script&gt;" in page
        assert HOSTILE not in page


def test_models_say_when_they_stop(
    vi: TestClient, context: Context, connection: Connection
) -> None:
    today = now().date()
    dates = {"gone": today - timedelta(days=2), "soon": today + timedelta(days=55)}
    with context.db.write() as session:
        reload(session, connection).models = [record(name, day) for name, day in dates.items()]
    page = vi.get(f"/connections/{connection.id}").text
    assert "in 55 days" in page
    assert "stopped" in page


def record(name: str, day: date) -> dict[str, object]:
    return {
        "id": name,
        "owned_by": "system",
        "created_at": now().isoformat(),
        "shutdown_date": day.isoformat(),
        "is_tuned": False,
    }


def test_korean(vi: TestClient, connection: Connection) -> None:
    page = vi.get(f"/connections/{connection.id}", headers={"accept-language": "ko"})
    assert page.status_code == 200
    assert '<html lang="ko"' in page.text


def test_notes_of_other_features_reach_the_page(
    vi: TestClient, context: Context, connection: Connection
) -> None:
    connection_id = connection.id or 0
    with context.db.write() as session:
        service.note_failure(session, connection_id, ProviderTimedOut(host="tune.example"))
    assert "tune.example did not answer in time" in vi.get("/connections").text
    with context.db.write() as session:
        service.note_success(session, connection_id)
        service.note_failure(session, connection_id, TrainingNotAvailable())
    page = vi.get("/connections").text
    assert "tune.example" not in page
    assert "no new jobs" in page
    with context.db.write() as session:
        service.note_job_created(session, connection_id)
    assert "no new jobs" not in vi.get("/connections").text


def test_a_refused_request_is_no_trouble_of_the_connection(
    vi: TestClient, context: Context, connection: Connection
) -> None:
    with context.db.write() as session:
        refused = RequestRefused(detail="Model nope does not exist.")
        service.note_failure(session, connection.id or 0, refused)
    page = vi.get("/connections").text
    assert "not working" not in page
    assert "nope" not in page


def test_the_engine_takes_its_address_at_each_start(
    vi: TestClient, context: Context, session: Session, provider: ProviderServer
) -> None:
    for key in ("sk-first", KEY):
        with context.db.write() as writing:
            service.ensure_engine_connection(writing, context.secrets, provider.url, key)
    (engine,) = session.exec(select(Connection)).all()
    assert context.secrets.decrypt(engine.encrypted_key or "") == KEY
    assert engine.is_embedded
    assert "built in" in vi.get("/connections").text


def test_the_engine_gets_along_with_a_name_that_is_taken(
    context: Context, provider: ProviderServer
) -> None:
    data = ConnectionCreate(name="tuneboard ENGINE", profile="compatible", base_url=provider.url)
    add_connection(context, data)
    with context.db.write() as session:
        engine = service.ensure_engine_connection(session, context.secrets, provider.url, KEY)
    assert engine.name == "Tuneboard engine 2"

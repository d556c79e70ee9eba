"""The test of a connection, against a provider on a real port."""

import socket

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections import service
from app.connections.models import Connection, ConnectionState
from app.connections.schemas import ConnectionCreate, ConnectionUpdate
from app.core.actor import SYSTEM
from app.core.context import Context
from app.core.errors import Conflict
from tests.connections.conftest import add_connection, reload
from tests.connections.provider_server import KEY, ProviderServer

HTMX = {"hx-request": "true", "hx-request-type": "partial"}
MODELS = "GET /v1/models"
JOBS = "GET /v1/fine_tuning/jobs"
CREATE = "POST /v1/fine_tuning/jobs"
NOTHING = {"reachable": "untried", "key": "untried", "models": "untried"} | {
    "fine_tuning": "untried",
    "creation": "untried",
}


def verdicts(connection: Connection) -> dict[str, str]:
    return {row.check.value: row.verdict.value for row in connection.test_rows}


def test_everything_works(
    ed: TestClient, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX)
    tested = reload(session, connection)
    assert answer.status_code == 200
    assert set(verdicts(tested).values()) == {"works"}
    assert tested.state is ConnectionState.WORKING
    assert [model.id for model in tested.base_models] == ["tiny-chat"]
    assert [str(model.shutdown_date) for model in tested.tuned_models] == ["2027-01-14"]
    assert provider.asked == [MODELS, JOBS]
    assert set(provider.keys) == {f"Bearer {KEY}"}


def test_the_answer_names_regions_the_page_has(ed: TestClient, connection: Connection) -> None:
    page = ed.get(f"/connections/{connection.id}").text
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX).text
    regions = [
        f"connection-{connection.id}-{part}" for part in ("state", "alerts", "test", "models")
    ]
    assert answer.count("<hx-partial") == len(regions)
    for region in regions:
        assert f'hx-target="#{region}"' in answer
        assert f'id="{region}"' in page


def test_without_scripts_it_leads_back_to_the_page(ed: TestClient, connection: Connection) -> None:
    answer = ed.post(f"/connections/{connection.id}/test")
    assert answer.status_code == 303
    assert "answers in" in ed.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("place", "status", "code", "expected", "sentence"),
    [
        (
            MODELS,
            401,
            "invalid_api_key",
            {"reachable": "works", "key": "fails"},
            "was not accepted",
        ),
        (MODELS, 429, "rate_limit_exceeded", {"reachable": "works", "models": "fails"}, "a pause"),
        (MODELS, 500, None, {"reachable": "works", "models": "fails"}, "a fault of its own"),
        (
            JOBS,
            403,
            None,
            {"key": "works", "models": "works", "fine_tuning": "fails"},
            "The key may not do this",
        ),
        (JOBS, 405, None, {"models": "works", "fine_tuning": "fails"}, "does not offer this"),
        (JOBS, 401, None, {"models": "works", "key": "fails"}, "was not accepted"),
    ],
)
def test_each_failure_is_said(
    ed: TestClient,
    connection: Connection,
    session: Session,
    provider: ProviderServer,
    place: str,
    status: int,
    code: str | None,
    expected: dict[str, str],
    sentence: str,
) -> None:
    provider.refuses(place, status, code)
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX)
    tested = reload(session, connection)
    assert sentence in answer.text
    assert expected.items() <= verdicts(tested).items()
    assert verdicts(tested)["creation"] == "untried"
    assert tested.state is ConnectionState.FAILING


@pytest.mark.parametrize("status", [403, 404, 405])
def test_models_are_a_help_and_no_need(
    ed: TestClient, connection: Connection, session: Session, provider: ProviderServer, status: int
) -> None:
    provider.refuses(MODELS, status)
    ed.post(f"/connections/{connection.id}/test")
    tested = reload(session, connection)
    assert verdicts(tested) == {
        "reachable": "works",
        "key": "works",
        "models": "warns",
        "fine_tuning": "works",
        "creation": "works",
    }
    assert tested.state is ConnectionState.WORKING


def test_nobody_is_there(ed: TestClient, context: Context, session: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    data = ConnectionCreate(name="Gone", profile="compatible", base_url=f"http://127.0.0.1:{port}")
    connection = add_connection(context, data)
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX)
    assert f"Nothing answers at 127.0.0.1:{port}" in answer.text
    assert verdicts(reload(session, connection)) == NOTHING | {"reachable": "fails"}


def test_another_kind_of_server(
    ed: TestClient, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    provider.answers[MODELS] = (200, {"hello": "world"})
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX)
    assert "not as a fine-tuning provider does" in answer.text
    assert verdicts(reload(session, connection)) == NOTHING | {"reachable": "fails"}


def test_the_wind_down_is_recognised_and_nothing_is_created(
    ed: TestClient, context: Context, session: Session, provider: ProviderServer
) -> None:
    provider.refuses(CREATE, 403, "training_not_available")
    data = ConnectionCreate(name="Old", profile="openai", base_url=provider.url, api_key=KEY)
    connection = add_connection(context, data)
    answer = ed.post(f"/connections/{connection.id}/test", headers=HTMX)
    tested = reload(session, connection)
    assert "can no longer create fine-tuning jobs" in answer.text
    assert tested.training_available is False
    assert tested.state is ConnectionState.LIMITED
    assert not tested.can_create_jobs
    assert verdicts(tested)["fine_tuning"] == "works"
    assert "No new jobs here." in ed.get(f"/connections/{connection.id}").text


def test_a_wind_down_seen_earlier_is_not_forgotten(
    ed: TestClient, context: Context, session: Session, provider: ProviderServer
) -> None:
    data = ConnectionCreate(name="Old", profile="openai", base_url=provider.url, api_key=KEY)
    connection = add_connection(context, data)
    ed.post(f"/connections/{connection.id}/test")
    assert verdicts(reload(session, connection))["creation"] == "warns"
    session.rollback()
    with context.db.write() as writing:
        reload(writing, connection).training_available = False
    ed.post(f"/connections/{connection.id}/test")
    session.expire_all()
    assert verdicts(reload(session, connection))["creation"] == "fails"


def test_only_openai_is_asked_about_the_wind_down(
    ed: TestClient, connection: Connection, provider: ProviderServer
) -> None:
    assert ed.post(f"/connections/{connection.id}/test").status_code == 303
    assert CREATE not in provider.asked


def test_a_private_address_by_setting(
    context: Context, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    context.settings.allow_private_addresses = False
    tested = service.test_connection(context, SYSTEM, connection.id or 0)
    assert verdicts(tested)["reachable"] == "fails"
    assert tested.last_error is not None
    assert tested.last_error["code"] == "provider_address_refused"
    assert provider.asked == []


def test_the_engine_is_asked_wherever_it_is(
    context: Context, engine_connection: Connection, provider: ProviderServer
) -> None:
    context.settings.allow_private_addresses = False
    tested = service.test_connection(context, SYSTEM, engine_connection.id or 0)
    assert verdicts(tested)["reachable"] == "works"


def test_results_of_an_address_that_has_changed_are_dropped(
    context: Context, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    class Changing(dict[str, object]):
        """A provider whose connection is changed while it answers."""

        def get(self, place: str, _default: object = None) -> object:
            if place == JOBS:
                change = ConnectionUpdate(
                    name="Lab", base_url=provider.url + "/new", api_key="sk-other"
                )
                with context.db.write() as writing:
                    service.update_connection(
                        writing,
                        context.secrets,
                        context.settings,
                        SYSTEM,
                        connection.id or 0,
                        change,
                    )
            return super().get(place)

    provider.answers = Changing(provider.answers)  # type: ignore[assignment]
    with pytest.raises(Conflict, match="changed during the test"):
        service.test_connection(context, SYSTEM, connection.id or 0)
    assert reload(session, connection).last_test is None


def test_a_viewer_does_not_test(
    vi: TestClient, connection: Connection, provider: ProviderServer
) -> None:
    assert vi.post(f"/connections/{connection.id}/test").status_code == 403
    assert provider.asked == []
    assert "Only an editor or admin may test" in vi.get(f"/connections/{connection.id}").text

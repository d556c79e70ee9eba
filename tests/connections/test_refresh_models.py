"""The worker keeps the lists of models; pages read what it kept."""

from datetime import timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.connections.reading import read_due_models
from app.core.clock import now
from app.core.context import Context, create_context
from tests.connections.conftest import reload
from tests.connections.provider_server import ProviderServer

HTMX = {"hx-request": "true", "hx-request-type": "partial"}


def test_a_new_connection_gets_its_models_by_itself(
    context: Context, connection: Connection, session: Session
) -> None:
    assert read_due_models(context)
    read = reload(session, connection)
    assert [model.id for model in read.known_models] == ["ft:tiny-chat:team:stars:abc", "tiny-chat"]
    assert read.last_sync_at is not None
    assert read.lease_owner is None
    assert not read_due_models(context)


def test_asked_for_they_are_read_again(
    ed: TestClient, context: Context, connection: Connection, provider: ProviderServer
) -> None:
    read_due_models(context)
    answer = ed.post(f"/connections/{connection.id}/models", headers=HTMX)
    assert "reading the list" in answer.text
    assert 'hx-trigger="load delay:1s"' in answer.text
    assert read_due_models(context)
    fragment = ed.get(f"/connections/{connection.id}/models").text
    assert "hx-trigger" not in fragment
    assert "tiny-chat" in fragment
    assert provider.asked == ["GET /v1/models"] * 2


def test_without_scripts_it_leads_back_to_the_page(ed: TestClient, connection: Connection) -> None:
    assert ed.post(f"/connections/{connection.id}/models").status_code == 303


def test_a_failure_is_shown_and_tried_ever_later(
    vi: TestClient,
    context: Context,
    connection: Connection,
    session: Session,
    provider: ProviderServer,
) -> None:
    provider.refuses("GET /v1/models", 500)
    pauses = []
    for _ in range(3):
        assert read_due_models(context)
        session.expire_all()
        pauses.append((reload(session, connection).models_due_at - now()).total_seconds())
        session.rollback()
        with context.db.write() as writing:
            reload(writing, connection).models_due_at = now()
    assert [round(pause / 30) for pause in pauses] == [1, 2, 4]
    assert "a fault of its own (HTTP 500)" in vi.get("/connections").text


def test_the_pause_a_provider_asks_for_is_kept(
    context: Context, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    provider.refuses("GET /v1/models", 429)
    assert read_due_models(context)
    assert reload(session, connection).models_due_at > now() + timedelta(seconds=25)


def test_the_old_list_stays_when_a_provider_is_down(
    context: Context, connection: Connection, session: Session, provider: ProviderServer
) -> None:
    read_due_models(context)
    with context.db.write() as writing:
        reload(writing, connection).models_due_at = now()
    provider.refuses("GET /v1/models", 503)
    assert read_due_models(context)
    kept = reload(session, connection)
    assert len(kept.known_models) == 2
    assert kept.last_error is not None


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_server_without_a_list_is_not_in_trouble(
    context: Context,
    connection: Connection,
    session: Session,
    provider: ProviderServer,
    status: int,
) -> None:
    provider.refuses("GET /v1/models", status)
    assert read_due_models(context)
    asked = reload(session, connection)
    assert asked.last_error is None
    assert asked.models_due_at > now() + timedelta(minutes=50)


def test_a_key_that_cannot_be_read_spoils_nothing_else(
    context: Context, connection: Connection, session: Session
) -> None:
    with context.db.write() as writing:
        reload(writing, connection).encrypted_key = "not a token"
    assert read_due_models(context)
    error = reload(session, connection).last_error
    assert error is not None
    assert error["code"] == "secret_unreadable"


def test_two_workers_read_a_list_once(
    context: Context, connection: Connection, provider: ProviderServer
) -> None:
    other = create_context(context.settings)
    answered = provider.answers["GET /v1/models"]

    class Watching(dict[str, object]):
        def get(self, _place: str, _default: object = None) -> object:
            assert not read_due_models(other)
            return answered

    provider.answers = Watching()  # type: ignore[assignment]
    assert read_due_models(context)
    assert len(provider.asked) == 1
    other.db.close()


def test_a_viewer_looks_and_does_not_ask(
    vi: TestClient, connection: Connection, session: Session
) -> None:
    due_at = reload(session, connection).models_due_at
    assert vi.get(f"/connections/{connection.id}/models").status_code == 200
    assert vi.post(f"/connections/{connection.id}/models").status_code == 403
    assert reload(session, connection).models_due_at == due_at

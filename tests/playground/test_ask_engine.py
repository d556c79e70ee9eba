"""The playground over the real engine: base models and one that was tuned a moment ago."""

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.playground.models import ColumnState
from tests.engine.samples import SYSTEM, chat_rows, finished, upload
from tests.engine_fixture import EngineServer
from tests.playground.conftest import PARTIAL, FormFor, last_exchange

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def tuned_model(engine_server: EngineServer) -> str:
    with engine_server.client() as client:
        file_id = upload(client, chat_rows(200))
        job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=file_id)
        return finished(client, job).fine_tuned_model or ""


def test_base_and_tuned_answer_side_by_side(
    ed: TestClient, engine_connection: Connection, tuned_model: str, form_for: FormFor,
    session: Session,
) -> None:  # fmt: skip
    form = form_for(
        engine_connection, tuned_model, "tiny-chat", "tiny-completion", "no-such-model",
        system=[SYSTEM, SYSTEM, "", ""], prompt="the app love it widget",
        temperature="0", max_tokens="8", n="2",
    )  # fmt: skip
    answer = ed.post("/playground", data=form, headers=PARTIAL)
    assert answer.status_code == 200
    tuned, base, completes, missing = last_exchange(session).shown_columns
    assert [each.text for each in tuned.answers] == ["5", "5"]
    assert (tuned.completion_tokens, tuned.answers[0].finish_reason) == (2, "stop")
    assert base.state is ColumnState.ANSWERED
    assert base.has_text
    assert completes.asked_as == "completion"
    assert completes.state is ColumnState.ANSWERED
    assert missing.state is ColumnState.FAILED
    assert "needs a minute" in (missing.error or {})["sentence"]


def test_the_same_model_with_another_system_prompt(
    ed: TestClient, engine_connection: Connection, tuned_model: str, form_for: FormFor,
    session: Session,
) -> None:  # fmt: skip
    form = form_for(
        engine_connection, tuned_model, tuned_model, system=[SYSTEM, "Say nothing."],
        prompt="the app awful widget", temperature="0", seed="3",
    )  # fmt: skip
    ed.post("/playground", data=form, headers=PARTIAL)
    first, second = last_exchange(session).shown_columns
    assert first.answers[0].text == "1"
    assert (first.state, second.state) == (ColumnState.ANSWERED, ColumnState.ANSWERED)
    assert (first.prompt_tokens or 0) > (second.prompt_tokens or 0)

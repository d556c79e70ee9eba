"""What the page is filled with: from the address, from a job's data, from the history."""

import re
from urllib.parse import urlencode

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.connections.service import get_connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.jobs.models import Checkpoint, Job
from app.playground.choices import choose_endpoint
from app.playground.models import Endpoint
from app.worker import do_all_due
from tests.engine.samples import SYSTEM, chat_rows, completion_rows, jsonl
from tests.playground.conftest import PARTIAL, FormFor, last_exchange

TUNED = "ft:large:team:stars:abc"
STEP_48 = "ft:large:team:stars:abc:ckpt-step-48"
Rows = list[dict[str, object]]


def add_version(context: Context, actor: Actor, name: str, rows: Rows) -> DatasetVersion:
    with context.db.write() as session, context.storage.writer() as writer:
        writer.write(jsonl(rows))
        file = IncomingFile(f"{name}.jsonl", writer)
        version = create_dataset(session, actor, DatasetCreate(name=name), file)
    do_all_due(context, checking.TASKS)
    return version


def add_job(
    context: Context,
    actor: Actor,
    connection: Connection,
    rows: Rows,
    held_out: Rows,
    **values: str,
) -> Job:
    training = add_version(context, actor, "training", rows)
    validation = add_version(context, actor, "held out", held_out) if held_out else None
    job = Job(
        name="Stars",
        base_model="large",
        fine_tuned_model=TUNED,
        token="token",
        submission="submission",
        connection_id=connection.id or 0,
        training_version_id=training.id or 0,
        validation_version_id=validation.id if validation else None,
    )
    with context.db.write() as session:
        session.add(job)
        session.flush()
        session.add(Checkpoint(job_id=job.id or 0, remote_id="ck", step=48, model=STEP_48))
    return job


@pytest.fixture
def job(context: Context, editor: Actor, connection: Connection) -> Job:
    return add_job(context, editor, connection, chat_rows(30), chat_rows(12, seed=1))


def selected(page: str) -> list[str]:
    """Models chosen in the columns."""
    chosen = re.findall(r'<option value="([^"]*)" selected>', page)
    return [value for value in chosen if value not in set(Endpoint)]


def test_a_job_fills_models_system_prompt_sampling_and_rows_to_try(
    ed: TestClient, job: Job
) -> None:
    page = ed.get(f"/playground?job={job.id}").text
    assert selected(page) == [TUNED, "large"]
    assert page.count(f"{SYSTEM}</textarea>") == 2
    assert 'name="temperature" type="number" value="0"' in page
    assert 'name="max_tokens" type="number" value="4"' in page
    assert "Rows the model has not learned from" in page
    held_out = chat_rows(12, seed=1)[0]["messages"]
    assert isinstance(held_out, list)
    assert f'data-prompt="{held_out[1]["content"]}"' in page
    assert f'data-expected="{held_out[2]["content"]}"' in page
    assert f'<a href="/jobs/{job.id}">Stars</a>' in page


def test_a_job_and_a_checkpoint_stand_beside_the_base_model(ed: TestClient, job: Job) -> None:
    page = ed.get(f"/playground?{urlencode({'job': job.id, 'model': STEP_48})}").text
    assert selected(page) == [STEP_48, "large"]
    assert "Stars at step 48" in page


def test_the_newest_model_is_there_without_asking(ed: TestClient, job: Job) -> None:
    assert selected(ed.get("/playground").text) == [TUNED, "large"]


def test_the_address_says_everything(ed: TestClient, connection: Connection, job: Job) -> None:
    query = [
        ("connection", connection.id), ("model", "small"), ("model", STEP_48), ("model", "else"),
        ("system", "Be <b>kind</b>."), ("system", "Be rude."), ("endpoint", "completion"),
        ("prompt", "Hi & bye"), ("temperature", "0.3"), ("n", "2"), ("stop", " END"),
    ]  # fmt: skip
    page = ed.get(f"/playground?{urlencode(query)}").text
    assert selected(page) == ["small", STEP_48, "else"]
    assert "Not in the list" in page
    assert "Be &lt;b&gt;kind&lt;/b&gt;.</textarea>" in page
    assert "\nHi &amp; bye</textarea>" in page
    assert 'value="0.3"' in page
    assert '<option value="completion" selected>' in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("job=999", 404), ("connection=999", 404), ("exchange=999", 404),
        ("job=x&connection=-1&exchange=%00", 200), ("connection=99999999999999999999", 200),
        ("endpoint=shout&model=large", 200), ("n=many&temperature=%3Cb%3E", 200),
    ],
)  # fmt: skip
def test_odd_addresses(ed: TestClient, connection: Connection, query: str, status: int) -> None:
    answer = ed.get(f"/playground?{query}")
    assert answer.status_code == status
    assert "<b>%3C" not in answer.text


def test_at_most_four_columns(ed: TestClient, connection: Connection) -> None:
    query = urlencode([("model", "large")] * 6)
    assert len(selected(ed.get(f"/playground?{query}").text)) == 4


def test_everybody_looks_and_sees_the_history(
    ed: TestClient, vi: TestClient, connection: Connection, form_for: FormFor, session: Session
) -> None:
    assert "Nothing was asked yet" in vi.get("/playground").text
    ed.post("/playground", data=form_for(connection, "large", prompt="To be kept"), headers=PARTIAL)
    exchange_id = last_exchange(session).id
    page = vi.get("/playground/history").text
    assert f'href="/playground?exchange={exchange_id}"' in page
    assert "To be kept" in page
    again = vi.get(f"/playground?exchange={exchange_id}").text
    assert "\nTo be kept</textarea>" in again
    assert 'data-state="answered"' in again


def test_nobody_looks_unsigned(anonymous: TestClient) -> None:
    assert anonymous.get("/playground").headers["location"].endswith("/login")
    assert anonymous.get("/playground/history").status_code == 303


def test_history_holds_the_last_twenty(
    ed: TestClient, connection: Connection, form_for: FormFor
) -> None:
    for number in range(21):
        form = form_for(connection, "large", prompt=f"Prompt {number:02}")
        ed.post("/playground", data=form, headers=PARTIAL)
    page = ed.get("/playground/history").text
    assert page.count('<tr id="exchange-') == 20
    assert "Prompt 20" in page
    assert "Prompt 00" not in page


def test_without_any_connection_it_says_what_to_do(ed: TestClient) -> None:
    assert "No connection yet" in ed.get("/playground").text


def test_a_retired_connection_still_shows_its_answers(
    ed: TestClient, context: Context, connection: Connection, form_for: FormFor, session: Session
) -> None:
    ed.post("/playground", data=form_for(connection, "large"), headers=PARTIAL)
    with context.db.write() as writing:
        get_connection(writing, connection.id or 0).retired_at = now()
    page = ed.get(f"/playground?exchange={last_exchange(session).id}").text
    assert "nothing more can be asked" in page
    assert "Hello" in page


def test_without_a_list_of_models_a_name_can_be_typed(
    ed: TestClient, context: Context, connection: Connection
) -> None:
    with context.db.write() as writing:
        get_connection(writing, connection.id or 0).models = []
    assert "name of the model, as the provider writes it" in ed.get("/playground").text


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        ("gpt-4o-mini", Endpoint.CHAT),
        ("ft:gpt-4o-mini-2024-07-18:org::abc", Endpoint.CHAT),
        ("meta-llama/Llama-3.1-8B-Instruct", Endpoint.CHAT),
        ("ft:gpt-3.5-turbo-0125:davinci-fans::x", Endpoint.CHAT),
        ("gpt-3.5-turbo-instruct", Endpoint.COMPLETION),
        ("babbage-002", Endpoint.COMPLETION),
        ("ft:davinci-002:org::abc", Endpoint.COMPLETION),
        ("curie:ft-org-2023-01-01", Endpoint.COMPLETION),
        ("tiny-completion", Endpoint.COMPLETION),
        ("ft:tiny-completion:team::abc", Endpoint.COMPLETION),
    ],
)
def test_how_a_model_is_asked_follows_from_its_name(
    session: Session, model: str, endpoint: Endpoint
) -> None:
    assert choose_endpoint(session, 1, model) is endpoint


def test_a_model_trained_on_prompts_and_completions_completes(
    context: Context, editor: Actor, connection: Connection, ed: TestClient
) -> None:
    rows = completion_rows(30)
    job = add_job(context, editor, connection, rows, [])
    with context.db.read() as session:
        for model in (TUNED, STEP_48):
            assert choose_endpoint(session, connection.id or 0, model) is Endpoint.COMPLETION
    page = ed.get(f"/playground?job={job.id}").text
    assert "Rows of its training data" in page
    assert f'data-prompt="{rows[0]["prompt"]}"'.replace(">", "&gt;") in page

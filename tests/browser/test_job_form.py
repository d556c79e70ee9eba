"""The form of a new job follows the choices; rows of the list follow the database."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from app.worker import do_all_due
from tests.browser.conftest import PageFor
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 20_000
ROW = '{"messages":[{"role":"user","content":"Q%d"},{"role":"assistant","content":"A%d"}]}\n'
LATER = timedelta(days=1)


def known(model: str, shutdown_date: str | None = None) -> dict[str, object]:
    return {
        "id": model,
        "owned_by": None,
        "created_at": None,
        "shutdown_date": shutdown_date,
        "is_tuned": False,
    }


@pytest.fixture
def connections(context: Context) -> list[Connection]:
    """One with two models, of which the first stops soon; one whose models nobody has read."""
    stops = (now() + timedelta(days=55)).date().isoformat()
    rows = [
        Connection(
            name="Listed",
            profile_name="compatible",
            base_url="http://127.0.0.1:9/v1",
            models=[known("gpt-4.1-mini", stops), known("other")],
            models_due_at=now() + LATER,
        ),
        Connection(
            name="Unread",
            profile_name="compatible",
            base_url="http://127.0.0.1:9/v1",
            models_due_at=now() + LATER,
        ),
    ]
    with context.db.write() as session:
        session.add_all(rows)
    return rows


@pytest.fixture
def version(context: Context, editor: Actor) -> DatasetVersion:
    with context.db.write() as session, context.storage.writer() as writer:
        for number in range(12):
            writer.write((ROW % (number, number)).encode())
        file = IncomingFile("reviews.jsonl", writer)
        version = create_dataset(session, editor, DatasetCreate(name="reviews"), file)
    do_all_due(context, checking.TASKS)
    return version


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_chosen_decides_what_is_shown(
    page_for: PageFor,
    live_server: LiveServer,
    connections: list[Connection],
    version: DatasetVersion,
    width: int,
) -> None:
    page = page_for("Ed", width)
    page.goto(f"{live_server.url}/jobs/new")
    page.get_by_label("Listed").check()
    model, card = page.locator("[name=base_model]"), page.locator("#job-card")
    expect(model).to_have_value("gpt-4.1-mini")
    expect(page.locator("#job-warnings")).to_contain_text("stops in 55 days")
    page.get_by_label("Name").fill("typed before")
    page.get_by_label("Epochs").fill("7")
    expect(card).to_contain_text(re.compile(r"Epochs\s*7"))
    page.get_by_label("Unread").check()
    expect(card).to_contain_text("Choose a base model.")
    expect(card.get_by_role("button", name="Create the job")).to_be_disabled()
    model.fill("their/own-model")
    expect(card.get_by_role("button", name="Create the job")).to_be_enabled()
    expect(page.get_by_label("Name")).to_have_value("typed before")
    expect(page.get_by_label("Epochs")).to_have_value("7")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_steps_open_by_themselves_and_stay_as_they_were_folded(
    page_for: PageFor,
    live_server: LiveServer,
    context: Context,
    connections: list[Connection],
    version: DatasetVersion,
) -> None:
    with context.db.write() as session:
        session.delete(session.get(Connection, connections[0].id))
    page = page_for("Ed")
    page.goto(f"{live_server.url}/jobs/new")
    opened = "() => [...document.querySelectorAll('details.step')].map(step => step.open)"
    assert page.evaluate(opened) == [True, True, False, False, False]
    page.locator("[name=base_model]").fill("their/own-model")
    expect(page.locator("details.step[open]")).to_have_count(5)
    page.locator("details.step > summary").nth(3).click()
    page.get_by_label("Name").fill("stars")
    page.locator("[name=base_model]").fill("another/model")
    expect(page.locator("#job-card")).to_contain_text("another/model")
    assert page.evaluate(opened) == [True, True, True, False, True]


def test_a_row_moves_while_it_is_looked_at(
    page_for: PageFor,
    live_server: LiveServer,
    context: Context,
    connections: list[Connection],
    version: DatasetVersion,
) -> None:
    job = Job(
        name="moving",
        token="token",
        submission="submission",
        connection_id=connections[0].id or 0,
        remote_id="ftjob-1",
        creation=Creation.CREATED,
        status=JobStatus.RUNNING,
        base_model="other",
        training_version_id=version.id or 0,
        last_step=10,
        total_steps=100,
        next_sync_at=now() + LATER,
    )
    with context.db.write() as session:
        session.add(job)
    page = page_for("Vi")
    page.goto(f"{live_server.url}/jobs")
    row = page.locator(f"#job-{job.id}")
    expect(row).to_contain_text("step 10 of 100")
    told = {"status": JobStatus.SUCCEEDED, "is_finished": True, "valid_loss": 0.125}
    for values in ({"last_step": 60}, told):
        with context.db.write() as session:
            session.exec(update(Job).values(**values))
        shown = "step 60 of 100" if "last_step" in values else "succeeded"
        expect(row).to_contain_text(shown, timeout=PATIENCE)
    expect(row).to_contain_text("0.12500")

"""The page of a job in a real browser: curves that move, a zoom that stays, nothing complained."""

import time
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.datasets import checking
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from app.worker import do_all_due
from tests.browser.conftest import PageFor
from tests.jobs.story import change, falling, tell_checkpoint, tell_event, tell_step, tell_steps
from tests.live import LiveServer

pytestmark = pytest.mark.browser

DRAWN = "() => [...document.querySelectorAll('plot-figure')].every(figure => figure.drawn)"
LAST_STEP = "id => document.getElementById(id).figure.data[0].x.at(-1)"
IS_FREE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
ROW = '{"messages":[{"role":"user","content":"Q%d"},{"role":"assistant","content":"A"}]}\n'
TABS = ("metrics", "checkpoints", "data", "configuration", "events", "raw")
LONG_NAME = "앱 리뷰 별점 맞히기, 두 번째 시도, 긴 이름이 어디까지 들어가는지 보기 위한 작업"


@pytest.fixture
def job(context: Context, editor: Actor) -> Job:
    """Running at a provider that nobody asks, 40 of 60 steps told."""
    later = now() + timedelta(days=1)
    with context.db.write() as session, context.storage.writer() as writer:
        for number in range(12):
            writer.write((ROW % number).encode())
        file = IncomingFile("reviews.jsonl", writer)
        version = create_dataset(session, editor, DatasetCreate(name="앱 리뷰"), file)
        connection = Connection(
            name="Elsewhere",
            profile_name="compatible",
            base_url="http://127.0.0.1:9/v1",
            models_due_at=later,
            retired_at=None,
        )
        session.add(connection)
        session.flush()
        job = Job(
            name=LONG_NAME,
            token="token",
            submission="submission",
            connection_id=connection.id or 0,
            creation=Creation.CREATED,
            remote_id="ftjob-HZ81kfmQaaBbq8Lk",
            status=JobStatus.RUNNING,
            base_model="tiny",
            total_steps=60,
            requested={"n_epochs": "auto"},
            resolved={"n_epochs": 3},
            training_version_id=version.id or 0,
            started_at=now() - timedelta(minutes=2),
            last_synced_at=now(),
            next_sync_at=later,
            raw={"id": "ftjob-HZ81kfmQaaBbq8Lk"},
        )
        session.add(job)
    do_all_due(context, checking.TASKS)
    tell_event(context.db, job, "Fine-tuning job started")
    tell_steps(context.db, job, falling(40))
    return job


def open_job(page: Page, server: LiveServer, job: Job, query: str = "") -> Page:
    page.goto(f"{server.url}/jobs/{job.id}{query}")
    page.wait_for_function(DRAWN)
    return page


@pytest.mark.parametrize("width", [1440, 390])
def test_a_running_job_draws_and_moves(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job, width: int
) -> None:
    page = open_job(page_for("Ed", width), live_server, job)
    assert page.evaluate(LAST_STEP, f"job-{job.id}-loss") == 40
    tell_step(context.db, job, 41, {"train_loss": 0.3, "valid_loss": 0.4})
    page.wait_for_function(f"() => ({LAST_STEP})('job-{job.id}-loss') === 41")
    expect(page.locator(f"#job-{job.id}-figures")).to_contain_text("41")
    expect(page.locator(f"#job-{job.id}-loss-caption")).to_contain_text("0.40000 at step 41")
    expect(page.locator(f"#job-{job.id}-metrics")).to_contain_text("Step 41:")
    assert page.evaluate(IS_FREE)


def test_the_stream_starts_however_late_its_script_comes(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job
) -> None:
    def answer_late(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    page = page_for("Ed")
    page.route("**/hx-sse-*.js*", answer_late)
    with page.expect_request("**/live?*"):
        open_job(page, live_server, job)
    tell_step(context.db, job, 41, {"train_loss": 0.3})
    page.wait_for_function(f"() => ({LAST_STEP})('job-{job.id}-loss') === 41")
    expect(page.locator(f"#job-{job.id}-figures")).to_contain_text("41")


def test_the_zoom_and_the_open_table_stay_while_it_moves(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job
) -> None:
    page = open_job(page_for("Ed"), live_server, job)
    loss = f"document.getElementById('job-{job.id}-loss')"
    page.evaluate(f"Plotly.relayout({loss}.canvas, {{'xaxis.range': [10, 20]}})")
    page.locator(f"#job-{job.id}-loss-panel summary").click()
    tell_step(context.db, job, 41, {"train_loss": 0.3})
    page.wait_for_function(f"() => ({LAST_STEP})('job-{job.id}-loss') === 41")
    expect(page.locator(f"#job-{job.id}-loss-panel tbody tr").last).to_contain_text("41")
    assert page.evaluate(f"{loss}.canvas.layout.xaxis.range") == [10, 20]
    assert page.locator(f"#job-{job.id}-loss-panel details").get_attribute("open") == ""
    legend = page.locator(f"#job-{job.id}-loss-panel [data-legend]")
    expect(legend).to_contain_text("training, smoothed 0.60")


def test_the_end_is_shown_and_the_stream_closed(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job
) -> None:
    page = open_job(page_for("Ed"), live_server, job)
    tell_checkpoint(context.db, job, 40, {"valid_loss": 0.5})
    ended: Any = {"is_finished": True, "is_read": True, "finished_at": now()}
    change(context.db, job, status=JobStatus.SUCCEEDED, fine_tuned_model="ft:tiny:team::1", **ended)
    header = page.locator(f"#job-{job.id}-header")
    expect(header.locator(".status")).to_have_text("succeeded")
    expect(header.get_by_role("link", name="Playground")).to_be_visible()
    names = f"document.getElementById('job-{job.id}-loss').figure.data.map(trace => trace.name)"
    page.wait_for_function(f"() => {names}.includes('checkpoint')")
    page.wait_for_function(f"() => !document.getElementById('job-{job.id}-live')._htmx?.sse")
    assert live_server.busy_count == 0


def test_the_first_step_brings_the_charts(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job
) -> None:
    other = context.db
    with other.write() as session:
        fresh = Job(
            **job.model_dump(exclude={"id", "token", "submission", "remote_id", "last_step"}),
            token="second",
            submission="second",
            remote_id="ftjob-2",
        )
        session.add(fresh)
    page = open_job(page_for("Vi"), live_server, fresh)
    expect(page.get_by_text("Nothing measured yet")).to_be_visible()
    tell_step(other, fresh, 1, {"train_loss": 2.0})
    page.wait_for_function(f"() => document.getElementById('job-{fresh.id}-loss')?.drawn")
    tell_step(other, fresh, 2, {"train_loss": 1.0})
    page.wait_for_function(f"() => ({LAST_STEP})('job-{fresh.id}-loss') === 2")
    expect(page.get_by_text("Nothing measured yet")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_every_tab_fits_and_nothing_is_complained_about(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job, width: int, dark: bool
) -> None:
    tell_checkpoint(context.db, job, 40, {"valid_loss": 0.5})
    page = page_for("Ed", width, dark=dark)
    for tab in TABS:
        open_job(page, live_server, job, f"?tab={tab}")
        assert page.evaluate(IS_FREE), tab
        expect(page.locator(f"#job-{job.id}-{tab}")).to_be_visible()


def test_cancelling_is_confirmed_first(
    page_for: PageFor, live_server: LiveServer, context: Context, job: Job
) -> None:
    page = open_job(page_for("Ed"), live_server, job)
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("The provider stops at step 40 of 60 or soon after.")
    dialog.get_by_role("button", name="Go back").click()
    with context.db.read() as session:
        assert session.get_one(Job, job.id).cancel_requested_at is None
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(page.locator(f"#job-{job.id}-header .status")).to_have_text("cancelling")
    expect(page.locator(f"#job-{job.id}-alerts")).to_contain_text("has been asked to cancel")

"""The list: what runs first, filters in the address, pages, hostile names, live rows."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion
from app.jobs.metrics import shorten
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, AddVersion

HOSTILE = '<script>alert("1")</script> \' {{ 7 * 7 }} <hx-partial hx-target="#main">'
ENDED = {"status": JobStatus.SUCCEEDED, "is_finished": True, "is_read": True}


def rows_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="job-(\d+)"', page)]


def test_teaches_while_there_is_nothing(ed: TestClient, vi: TestClient) -> None:
    assert "Create a job" in ed.get("/jobs").text
    assert "An editor can create one." in vi.get("/jobs").text
    assert "/jobs/new" not in vi.get("/jobs").text


def test_what_runs_comes_first_then_the_newest(vi: TestClient, add_job: AddJob) -> None:
    old = add_job(number=1)
    ended = [add_job(number=number, **ENDED) for number in (2, 3)]
    running = add_job(number=4, status=JobStatus.RUNNING)
    page = vi.get("/jobs").text
    assert rows_of(page) == [running.id, old.id, ended[1].id, ended[0].id]


def test_shows_what_is_known(
    vi: TestClient, db: Database, connection: Connection, add_job: AddJob
) -> None:
    stops = (now() + timedelta(days=55)).date().isoformat()
    with db.write() as session:
        row = session.get_one(Connection, connection.id)
        row.models = [dict(row.models[0], shutdown_date=stops)]
    add_job(
        remote_id="ftjob-0123456789abcdefghij", creation=Creation.CREATED,
        status=JobStatus.RUNNING, last_step=30, total_steps=120, train_loss=0.5, valid_loss=0.625,
        best_valid_loss=0.6, best_step=20, curve=[2.0, 1.0, 0.625], curve_name="valid_loss",
        started_at=now() - timedelta(seconds=110), last_synced_at=now(), example_count=12,
        estimated_usd=1.25, usd_per_million=3.0, trained_tokens=1_000_000,
    )  # fmt: skip
    page = vi.get("/jobs").text
    for text in (
        "step 30 of 120", "5 min ", "stops in 55 days", "0.62500", "0.50000",
        "best 0.60000", "$3.00", "est. $1.25", "12 examples", "reviews @1", "<polyline",
        "valid_loss from 2.0000 to 0.62500",
    ):  # fmt: skip
        assert text in page


def test_filters_are_in_the_address(
    vi: TestClient, db: Database, add_job: AddJob, add_version: AddVersion
) -> None:
    other = add_version("other", first=100)
    one = add_job(number=1, name="Alpha tone", base_model="tiny")
    two = add_job(number=2, name="beta 100%", base_model="large", **ENDED)
    three = add_job(number=3, name="gamma", training_version_id=other.id, remote_id="ftjob-zz")
    found = {
        "q=ALPHA": [one.id],
        "q=tone+alpha": [one.id],
        "q=100%25": [two.id],
        "q=ftjob-zz": [three.id],
        "q=%25": [two.id],
        "status=succeeded": [two.id],
        "status=unfinished": [three.id, one.id],
        "base=large": [two.id],
        f"dataset={other.dataset_id}": [three.id],
        f"connection={one.connection_id}&q=gamma": [three.id],
        "owner=1": [],
        "status=nonsense": [three.id, one.id, two.id],
        "before=nonsense": [three.id, one.id, two.id],
    }
    assert {query: rows_of(vi.get(f"/jobs?{query}").text) for query in found} == found


def test_pages_show_every_job_once(vi: TestClient, db: Database, add_job: AddJob) -> None:
    first = add_job()
    values = first.model_dump(exclude={"id", "token", "submission"})
    with db.write() as session:
        for number in range(2, 131):
            ended = {"is_finished": number % 3 > 0, "status": JobStatus.FAILED}
            named = {"token": f"t-{number}", "submission": f"s-{number}"}
            session.add(Job(**(values | named | ended)))
    seen: list[int] = []
    address = "/jobs?q=job"
    while address:
        page = vi.get(address).text
        seen += rows_of(page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert (len(seen), len(set(seen))) == (130, 130)


@pytest.mark.parametrize("path", ["/jobs", "/jobs?q=script", "/jobs/live?job=1"])
def test_names_are_text(vi: TestClient, add_job: AddJob, path: str) -> None:
    add_job(
        name=HOSTILE, base_model=HOSTILE, raw_status=HOSTILE, status=JobStatus.UNKNOWN,
        is_finished=True, is_read=True, remote_id=HOSTILE, creation=Creation.CREATED,
    )  # fmt: skip
    text = vi.get(path).text
    assert "<script>alert" not in text
    assert '<hx-partial hx-target="#main"' not in text
    assert "{{ 7 * 7 }}" in text


def test_a_stale_job_says_since_when(vi: TestClient, add_job: AddJob) -> None:
    add_job(
        status=JobStatus.RUNNING, last_synced_at=now() - timedelta(minutes=12),
        sync_error="Nothing answers at {host}.", sync_error_places={"host": "<b>x</b>"},
    )  # fmt: skip
    page = vi.get("/jobs").text
    assert "last synced" in page
    assert 'title="Nothing answers at &lt;b&gt;x&lt;/b&gt;."' in page


def test_rows_that_change_are_sent_until_all_have_ended(
    vi: TestClient, context: Context, add_job: AddJob
) -> None:
    job, other = add_job(number=1, **ENDED), add_job(number=2, **ENDED)
    answer = vi.get(f"/jobs/live?job={job.id}&job={other.id}&job=x&job={'9' * 30}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert rows_of(answer.text) == [job.id, other.id]
    assert answer.text.endswith("event: done\ndata:\n\n")


def test_the_page_asks_for_the_rows_that_can_change(vi: TestClient, add_job: AddJob) -> None:
    running, _ = add_job(number=1), add_job(number=2, **ENDED)
    page = vi.get("/jobs").text
    assert f'hx-sse:connect="/jobs/live?job={running.id}"' in page
    assert 'hx-sse:close="done"' in page


def test_every_reader_must_sign_in(anonymous: TestClient, add_job: AddJob) -> None:
    add_job()
    answers = [anonymous.get(path) for path in ("/jobs", "/jobs/live?job=1", "/jobs/new")]
    assert {answer.status_code for answer in answers} == {303}


def test_a_curve_keeps_its_spikes(version: DatasetVersion) -> None:
    values = [1.0] * 5000
    values[2345], values[4000] = 9.0, -9.0
    short = shorten(values)
    assert (len(short), max(short), min(short)) == (80, 9.0, -9.0)

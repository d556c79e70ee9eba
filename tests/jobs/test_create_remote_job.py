"""A job is created at its provider once, whatever breaks in between."""

import itertools
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.clock import now
from app.core.context import Context, new_owner
from app.core.db import Database
from app.jobs.creating import create_remote_job
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, let_time_pass, make_due, reload, work
from tests.jobs.provider import (
    BUSY,
    CUT_AFTER,
    CUT_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    NONSENSE_AFTER,
    FakeProvider,
    Fault,
)

pytestmark = pytest.mark.slow

PARTIAL = {"hx-request-type": "partial"}
CREATE = r"POST /v1/fine_tuning/jobs$"


def go_on(context: Context, times: int = 8) -> None:
    """Work while time passes, long enough for every wait."""
    for _ in range(times):
        work(context)
        with context.db.read() as session:
            jobs = session.exec(select(Job)).all()
        if not any(job.is_creating for job in jobs):
            return
        let_time_pass(context.db, 20)
        make_due(context.db)


def test_uploads_the_file_and_creates_the_job(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job(suffix="tone", seed=7)
    create_remote_job(context)
    done = reload(context.db, job)
    assert done.creation is Creation.CREATED
    assert (done.remote_id, done.status) == ("ftjob-2", JobStatus.QUEUED)
    asked = provider.jobs["ftjob-2"]
    assert asked["metadata"] == {"tuneboard_job": job.token}
    assert asked["method"] == {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 3}},
    }
    assert provider.contents["file-1"].count(b"\n") == 12


def test_bytes_that_are_there_are_not_sent_again(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    add_job(number=1)
    add_job(number=2)
    go_on(context, 2)
    assert (len(provider.files), len(provider.jobs)) == (1, 2)


def test_jobs_that_begin_together_send_the_same_bytes_once(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    jobs = [add_job(number=number) for number in range(3)]
    provider.delay = 0.2
    workers = [replace(context, owner=new_owner()) for _ in jobs]
    threads = [threading.Thread(target=create_remote_job, args=(each,)) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    provider.delay = 0.0
    make_due(context.db)
    go_on(context)
    assert (len(provider.files), len(provider.jobs)) == (1, 3)
    assert {reload(context.db, job).training_remote_file for job in jobs} == {"file-1"}


def test_a_file_the_provider_lost_is_sent_again(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    add_job(number=1)
    go_on(context, 1)
    provider.files.clear()
    second = add_job(number=2)
    go_on(context, 2)
    assert len(provider.files) == 1
    assert reload(context.db, second).training_remote_file in provider.files


def test_waits_until_the_provider_has_read_the_file(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    provider.file_status = "pending"
    job = add_job()
    go_on(context, 2)
    assert provider.jobs == {}
    provider.files["file-1"]["status"] = "processed"
    go_on(context, 1)
    assert reload(context.db, job).creation is Creation.CREATED
    assert len(provider.files) == 1


def test_a_file_the_provider_cannot_use_fails_the_job(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    provider.file_status = "pending"
    job = add_job()
    go_on(context, 1)
    provider.files["file-1"] |= {"status": "error", "status_details": "Line 3 is not JSON."}
    go_on(context, 1)
    failed = reload(context.db, job)
    assert (failed.creation, failed.status) == (Creation.ABANDONED, JobStatus.FAILED)
    assert failed.error_places == {"detail": "Line 3 is not JSON."}


BREAKS = [CUT_BEFORE, CUT_AFTER, ERROR_AFTER, ERROR_BEFORE, NONSENSE_AFTER, BUSY]
STEPS = [r"GET /v1/files\?", r"POST /v1/files", CREATE, r"GET /v1/fine_tuning/jobs\?"]


@pytest.mark.parametrize("keeps_metadata", [True, False])
@pytest.mark.parametrize(("step", "fault"), list(itertools.product(STEPS, BREAKS)))
def test_one_fault_anywhere_makes_no_second_job(
    context: Context,
    provider: FakeProvider,
    add_job: AddJob,
    step: str,
    fault: Fault,
    keeps_metadata: bool,
) -> None:
    provider.keeps_metadata = keeps_metadata
    job = add_job(suffix="s")
    provider.fail(step, fault)
    go_on(context)
    assert len(provider.jobs) == 1
    assert len(provider.files) == 1
    assert reload(context.db, job).remote_id in provider.jobs


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(BREAKS)), max_size=5))
def test_any_row_of_faults_makes_no_second_job(
    context: Context, provider: FakeProvider, add_job: AddJob, plan: list[tuple[str, Fault]]
) -> None:
    with context.db.write() as session:
        for old in session.exec(select(Job)).all():
            session.delete(old)
    provider.jobs.clear()
    provider.faults.clear()
    provider.faults.extend(plan)
    job = add_job(number=next(provider.numbers))
    go_on(context, 14)
    done = reload(context.db, job)
    assert len(provider.jobs) == 1
    assert done.remote_id in provider.jobs


@pytest.mark.parametrize("survives", [True, False])
def test_killed_after_the_intent_the_job_is_looked_for_first(
    context: Context, provider: FakeProvider, add_job: AddJob, survives: bool
) -> None:
    """The request may have arrived although nobody was left to hear the answer."""
    job = add_job()
    with context.db.write() as session:
        row = session.get_one(Job, job.id)
        row.creation, row.asked_at, row.asked_count = Creation.ASKED, now(), 1
        row.training_remote_file = "file-1"
    if survives:
        provider.create_job(
            {"model": "tiny", "training_file": "file-1", "metadata": {"tuneboard_job": job.token}}
        )
    make_due(context.db)
    create_remote_job(context)
    assert provider.count(CREATE) == 0
    go_on(context)
    assert len(provider.jobs) == 1
    assert provider.count(CREATE) == (0 if survives else 1)


def test_nothing_is_asked_again_until_the_dust_has_settled(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    provider.fail(CREATE, CUT_BEFORE)
    for _ in range(3):
        work(context)
        make_due(context.db)
    assert provider.count(CREATE) == 1
    assert reload(context.db, job).is_creating


def test_a_list_that_fails_is_no_proof(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    add_job()
    provider.fail(CREATE, CUT_AFTER)
    work(context)
    provider.fail(r"GET /v1/fine_tuning/jobs\?", *[ERROR_BEFORE] * 5)
    go_on(context, 5)
    assert provider.count(CREATE) == 1
    go_on(context, 3)
    assert len(provider.jobs) == 1


def test_two_workers_create_each_job_once(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    jobs = [add_job(number=number) for number in range(8)]
    provider.delay = 0.01

    def run() -> None:
        own = replace(context, owner=new_owner())
        while create_remote_job(own):
            pass

    # The first time one of them sends the file, which the others wait for.
    for _ in range(2):
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        make_due(context.db)
    assert len(provider.files) == 1
    assert len(provider.jobs) == len(jobs)
    assert {reload(context.db, job).remote_id for job in jobs} == set(provider.jobs)


def test_a_refusal_fails_the_job_with_the_reason(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    body = {"error": {"message": "No such model.", "code": "model_not_found", "type": "x"}}
    provider.fail(CREATE, Fault(400, body=body))
    go_on(context, 2)
    failed = reload(context.db, job)
    assert (failed.status, failed.is_finished, failed.is_read) == (JobStatus.FAILED, True, True)
    assert failed.error_code == "model_not_found"
    assert failed.error_places["detail"] == "No such model."


def test_a_wound_down_provider_is_remembered(
    context: Context, db: Database, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    body = {"error": {"message": "Winding down.", "code": "training_not_available", "type": "x"}}
    provider.fail(CREATE, Fault(403, body=body))
    go_on(context, 2)
    assert reload(db, job).status is JobStatus.FAILED
    with db.read() as session:
        connection = session.get_one(Connection, job.connection_id)
    assert connection.training_available is False


def test_a_provider_that_asks_for_a_pause_gets_it(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    provider.fail(CREATE, BUSY)
    work(context)
    waiting = reload(context.db, job)
    assert waiting.creation is Creation.CREATING
    assert waiting.sync_problem is not None
    assert waiting.next_sync_at > now() + timedelta(seconds=6)


def test_a_provider_that_always_breaks_is_left_alone_in_the_end(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    provider.fail(CREATE, *[ERROR_BEFORE] * 50)
    go_on(context, 20)
    assert reload(context.db, job).status is JobStatus.FAILED
    assert provider.count(CREATE) == 4


def test_nobody_waits_for_ever_on_a_retired_connection(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    """Nothing is asked there any more: the page says so, and a person ends it."""
    job = unanswered(context, provider, add_job)
    page = ed.get(f"/jobs/{job.id}").text
    assert "nobody asks whether it did" in page
    assert "Nobody waits for it here." in page
    assert "Nobody waits" in ed.post(f"/jobs/{job.id}/cancel", headers=PARTIAL).text
    ended = reload(context.db, job)
    assert (ended.status, ended.creation) == (JobStatus.UNKNOWN, Creation.ABANDONED)
    assert ended.is_finished
    assert "Nobody knows whether the provider created this job" in ed.get(f"/jobs/{job.id}").text
    assert "perhaps at the provider" in ed.get("/jobs").text
    assert ed.post(f"/jobs/{job.id}/retry").status_code == 409
    go_on(context)
    assert provider.count(CREATE) == 1


def test_a_connection_used_again_finds_what_was_not_answered(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = unanswered(context, provider, add_job)
    set_retired(context, job, None)
    go_on(context)
    assert reload(context.db, job).remote_id in provider.jobs
    assert provider.count(CREATE) == 1


def unanswered(context: Context, provider: FakeProvider, add_job: AddJob) -> Job:
    job = add_job()
    provider.fail(CREATE, CUT_AFTER)
    work(context)
    set_retired(context, job, now())
    make_due(context.db)
    work(context)
    assert reload(context.db, job).creation is Creation.ASKED
    return job


def set_retired(context: Context, job: Job, at: datetime | None) -> None:
    with context.db.write() as session:
        session.get_one(Connection, job.connection_id).retired_at = at

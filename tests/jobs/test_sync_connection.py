"""Jobs are followed at their providers, each connection for itself."""

import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from app.connections.models import Connection
from app.core.clock import now
from app.core.context import Context, new_owner
from app.core.db import Database
from app.jobs.models import Checkpoint, Creation, Job, JobEvent, JobFile, JobSync, MetricPoint
from app.jobs.syncing import schedule_sync, sync_connection, touch_watched
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, make_due, reload
from tests.jobs.provider import BUSY, CUT_BEFORE, ERROR_BEFORE, FakeProvider, Fault

pytestmark = pytest.mark.slow

Follow = Callable[..., Job]
CSV = b"step,train_loss,train_accuracy,valid_loss\n1,2.0,0.5,\n2,1.5,0.6,1.75\n3,1.25,0.7,1.5\n"


@pytest.fixture
def follow(db: Database, provider: FakeProvider, add_job: AddJob) -> Follow:
    """A job that is at the provider and followed."""

    def add(number: int = 1, **values: object) -> Job:
        remote = provider.create_job({"model": "tiny", "training_file": "file-0"})
        job = add_job(number=number, remote_id=remote["id"], creation=Creation.CREATED, **values)
        with db.write() as session:
            schedule_sync(session, job.connection_id, now())
        return job

    return add


def sync(context: Context) -> None:
    make_due(context.db)
    assert sync_connection(context)


def points(session: Session, job: Job) -> dict[tuple[str, int], tuple[float, str]]:
    rows = session.exec(select(MetricPoint).where(MetricPoint.job_id == job.id)).all()
    return {(row.name, row.step): (row.value, row.source.value) for row in rows}


def test_takes_over_status_events_and_metrics(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    remote = job.remote_id or ""
    provider.say(remote, "Fine-tuning job started")
    provider.step(remote, 1, 30, train_loss=2.0, train_mean_token_accuracy=0.5)
    provider.step(remote, 2, 30, train_loss=1.5, valid_loss=1.75, odd=[{"name": "x", "value": 1}])
    sync(context)
    now_known = reload(context.db, job)
    assert (now_known.status, now_known.last_step, now_known.total_steps) == (
        JobStatus.RUNNING, 2, 30,
    )  # fmt: skip
    assert (now_known.train_loss, now_known.valid_loss, now_known.accuracy) == (1.5, 1.75, 0.5)
    assert (now_known.best_valid_loss, now_known.best_step) == (1.75, 2)
    assert points(session, job)["odd/x/value", 2] == (1.0, "event")
    messages = session.exec(select(JobEvent.message).order_by(col(JobEvent.id))).all()
    assert messages == ["Fine-tuning job started", "Step 1/30", "Step 2/30"]


def test_reads_only_what_is_new(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    for step in range(1, 251):
        provider.step(job.remote_id or "", step, 400, train_loss=1 / step)
    sync(context)
    provider.requests.clear()
    provider.step(job.remote_id or "", 251, 400, train_loss=0.001)
    sync(context)
    assert provider.count("/events") == 1
    assert len(session.exec(select(JobEvent.id)).all()) == 251
    assert len(reload(context.db, job).curve) == 80


def test_the_end_is_read_once_more_and_then_left_alone(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    remote = job.remote_id or ""
    provider.step(remote, 3, 3, train_loss=1.3, full_valid_loss=1.4)
    sync(context)
    provider.contents["file-r"] = base64.b64encode(CSV)
    provider.finish(remote, result_files=["file-r"], trained_tokens=1234)
    provider.checkpoints[remote] = [
        {"id": "ckpt-1", "step_number": 3, "fine_tuned_model_checkpoint": "ft:tiny:x:ckpt-step-3",
         "created_at": 1, "metrics": {"step": 3, "full_valid_mean_token_accuracy": 0.9}}
    ]  # fmt: skip
    sync(context)
    done = reload(context.db, job)
    assert (done.status, done.is_finished, done.is_read) == (JobStatus.SUCCEEDED, True, True)
    assert (done.fine_tuned_model, done.trained_tokens) == (f"ft:tiny:org::{remote}", 1234)
    known = points(session, job)
    assert known["train_loss", 3] == (1.3, "event")
    assert known["train_loss", 2] == (1.5, "result")
    assert known["train_mean_token_accuracy", 1] == (0.5, "result")
    assert known["full_valid_mean_token_accuracy", 3] == (0.9, "checkpoint")
    assert session.exec(select(Checkpoint.model)).all() == ["ft:tiny:x:ckpt-step-3"]
    [file] = session.exec(select(JobFile)).all()
    assert context.storage.path(file.sha256).read_bytes() == base64.b64encode(CSV)
    provider.requests.clear()
    sync(context)
    assert provider.requests == []


def test_a_plain_result_file_is_read_too(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    provider.contents["file-r"] = CSV
    provider.finish(job.remote_id or "", result_files=["file-r", "file-gone"])
    sync(context)
    assert points(session, job)["valid_loss", 3] == (1.5, "result")
    assert reload(context.db, job).is_read


def test_waits_for_a_model_that_is_named_later(
    context: Context, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    provider.finish(job.remote_id or "", fine_tuned_model=None)
    sync(context)
    assert not reload(context.db, job).is_read
    provider.jobs[job.remote_id or ""]["fine_tuned_model"] = "ft:tiny:late"
    sync(context)
    assert reload(context.db, job).fine_tuned_model == "ft:tiny:late"


def test_a_failed_job_says_why(context: Context, provider: FakeProvider, follow: Follow) -> None:
    job = follow()
    message = "Training file has 7 example(s)"
    error = {"code": "invalid_n_examples", "message": message, "param": "training_file"}
    provider.finish(job.remote_id or "", "failed", error=error)
    sync(context)
    failed = reload(context.db, job)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "invalid_n_examples")
    assert failed.error_message == message


def test_an_unknown_word_is_kept(context: Context, provider: FakeProvider, follow: Follow) -> None:
    job = follow()
    provider.jobs[job.remote_id or ""]["status"] = "marinating"
    sync(context)
    odd = reload(context.db, job)
    assert (odd.status, odd.raw_status, odd.is_finished) == (
        JobStatus.UNKNOWN, "marinating", False,
    )  # fmt: skip


def test_one_list_call_covers_many_jobs(
    context: Context, provider: FakeProvider, follow: Follow
) -> None:
    jobs = [follow(number) for number in range(30)]
    sync(context)
    provider.requests.clear()
    provider.step(jobs[3].remote_id or "", 1, 9, train_loss=1.0)
    sync(context)
    assert provider.count(r"GET /v1/fine_tuning/jobs\?") == 1
    assert provider.count(r"GET /v1/fine_tuning/jobs/[^/]+$") == 0
    assert reload(context.db, jobs[3]).last_step == 1


def test_a_provider_that_pages_in_circles_ends(
    context: Context, provider: FakeProvider, follow: Follow
) -> None:
    jobs = [follow(number) for number in range(4)]
    provider.circles = True
    for job in jobs:
        provider.step(job.remote_id or "", 1, 9, train_loss=1.0)
    sync(context)
    assert [reload(context.db, job).last_step for job in jobs] == [1, 1, 1, 1]
    assert provider.count("") < 40


BROKEN = [CUT_BEFORE, BUSY, Fault(401), ERROR_BEFORE, Fault(200, body="<html>"), Fault(404)]


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_provider_is_said_and_spoils_nothing(
    context: Context, provider: FakeProvider, follow: Follow, fault: Fault
) -> None:
    jobs = [follow(number) for number in range(4)]
    sync(context)
    before = [reload(context.db, job) for job in jobs]
    provider.fail("", *[fault] * 30)
    sync(context)
    after = [reload(context.db, job) for job in jobs]
    assert [job.status for job in after] == [job.status for job in before]
    assert [job.last_synced_at for job in after] == [job.last_synced_at for job in before]
    assert all(job.sync_problem is not None for job in after)
    provider.faults.clear()
    sync(context)
    assert all(reload(context.db, job).sync_problem is None for job in jobs)


def test_one_broken_job_does_not_keep_the_others(
    context: Context, provider: FakeProvider, follow: Follow
) -> None:
    jobs = [follow(number) for number in range(4)]
    for job in jobs:
        provider.step(job.remote_id or "", 1, 9, train_loss=1.0)
    provider.fail(f"{jobs[1].remote_id}/events", ERROR_BEFORE)
    sync(context)
    assert [reload(context.db, job).last_step for job in jobs] == [1, None, 1, 1]
    assert reload(context.db, jobs[1]).sync_problem is not None


def test_a_broken_connection_does_not_keep_another(
    context: Context, db: Database, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    gone = Connection(name="Gone", profile_name="compatible", base_url="http://127.0.0.1:9/v1")
    with db.write() as session:
        session.add(gone)
    lost = follow(2, connection_id=gone.id)
    provider.step(job.remote_id or "", 1, 9, train_loss=1.0)
    make_due(db)
    while sync_connection(context):
        pass
    assert reload(db, job).last_step == 1
    problem = reload(db, lost).sync_problem
    assert problem is not None
    assert problem.params["host"] == "127.0.0.1:9"


def test_the_pause_a_provider_asks_for_is_kept(
    context: Context, db: Database, provider: FakeProvider, follow: Follow
) -> None:
    follow()
    provider.fail("", BUSY)
    sync(context)
    with db.read() as session:
        row = session.exec(select(JobSync)).one()
    assert row.next_sync_at > now() + timedelta(seconds=5)
    assert not sync_connection(context)


def test_a_job_the_provider_forgot_stays_with_us(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    provider.step(job.remote_id or "", 1, 9, train_loss=1.0)
    sync(context)
    del provider.jobs[job.remote_id or ""]
    for _ in range(3):
        sync(context)
    kept = reload(context.db, job)
    assert kept.forgotten_at is not None
    assert (kept.status, kept.is_read, kept.last_step) == (JobStatus.UNKNOWN, True, 1)
    assert points(session, job)["train_loss", 1] == (1.0, "event")


def test_asks_less_often_while_nothing_moves_and_at_once_when_watched(
    context: Context, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    pauses = []
    for _ in range(8):
        sync(context)
        pauses.append(reload(context.db, job).sync_seconds)
    assert pauses[0] == 5.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60.0
    touch_watched(context.db, job.id or 0, 30)
    assert reload(context.db, job).next_sync_at <= now() + timedelta(seconds=1)
    sync(context)
    assert reload(context.db, job).sync_seconds == 1.0
    provider.step(job.remote_id or "", 1, 9, train_loss=1.0)


def test_two_workers_read_each_event_once(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    jobs = [follow(number) for number in range(6)]
    for job in jobs:
        for step in range(1, 40):
            provider.step(job.remote_id or "", step, 99, train_loss=1 / step)
    provider.delay = 0.005
    make_due(context.db)
    done: list[bool] = []

    def run() -> None:
        done.append(sync_connection(replace(context, owner=new_owner())))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, True]
    assert len(session.exec(select(JobEvent.id)).all()) == 6 * 39


def test_nothing_is_lost_when_the_reading_breaks_off(
    context: Context, session: Session, provider: FakeProvider, follow: Follow
) -> None:
    job = follow()
    for step in range(1, 351):
        provider.step(job.remote_id or "", step, 400, train_loss=1 / step)
    provider.fail(r"/events\?.*after", CUT_BEFORE)
    sync(context)
    sync(context)
    assert len(session.exec(select(JobEvent.id)).all()) == 350
    assert reload(context.db, job).last_step == 350


def test_a_retired_connection_is_not_asked(
    context: Context, db: Database, provider: FakeProvider, connection: Connection, follow: Follow
) -> None:
    job = follow()
    with db.write() as session:
        session.get_one(Connection, connection.id).retired_at = now()
    sync(context)
    assert provider.requests == []
    assert reload(db, job).sync_problem is not None

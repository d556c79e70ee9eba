"""A job is cancelled here or at its provider, and the wish is kept until it is met."""

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import Connection
from app.core.clock import now
from app.core.context import Context
from app.jobs.models import Creation, Job
from app.jobs.syncing import schedule_sync
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, make_due, reload, work
from tests.jobs.provider import CUT_AFTER, CUT_BEFORE, FakeProvider

pytestmark = pytest.mark.slow

HTMX = {"hx-request-type": "partial"}


def followed(context: Context, provider: FakeProvider, add_job: AddJob) -> Job:
    remote = provider.create_job({"model": "tiny", "training_file": "file-0"})
    job = add_job(remote_id=remote["id"], creation=Creation.CREATED)
    with context.db.write() as session:
        schedule_sync(session, job.connection_id, now())
    return job


def test_before_the_provider_has_it_it_ends_here(
    ed: TestClient, context: Context, session: Session, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert answer.status_code == 200
    assert f'hx-target="#job-{job.id}"' in answer.text
    assert "The job was cancelled." in answer.text
    work(context)
    ended = reload(context.db, job)
    assert (ended.status, ended.creation) == (JobStatus.CANCELLED, Creation.ABANDONED)
    assert provider.requests == []
    assert AuditAction.JOB_CANCELLED in session.exec(select(AuditEntry.action)).all()


def test_at_the_provider_it_is_cancelled_there(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert answer.status_code == 200
    assert provider.jobs[job.remote_id or ""]["status"] == "cancelled"
    assert reload(context.db, job).status is JobStatus.CANCELLED


def test_a_plain_form_goes_back_to_the_job(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    answer = ed.post(f"/jobs/{job.id}/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")


def test_a_provider_that_is_away_is_told_later(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    provider.fail("/cancel", CUT_BEFORE)
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert "The provider was asked to cancel the job." in answer.text
    assert provider.jobs[job.remote_id or ""]["status"] == "queued"
    make_due(context.db)
    work(context)
    assert provider.jobs[job.remote_id or ""]["status"] == "cancelled"
    assert reload(context.db, job).status is JobStatus.CANCELLED


def test_a_job_being_created_is_cancelled_once_it_is_there(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job()
    provider.fail("POST /v1/fine_tuning/jobs$", CUT_AFTER)
    work(context)
    ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert not reload(context.db, job).is_finished
    for _ in range(3):
        make_due(context.db)
        work(context)
    assert [row["status"] for row in provider.jobs.values()] == ["cancelled"]
    assert reload(context.db, job).status is JobStatus.CANCELLED


def test_what_the_provider_refuses_is_said(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    provider.finish(job.remote_id or "")
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert answer.status_code == 409
    assert "The job has ended already." in answer.text
    assert reload(context.db, job).cancel_requested_at is None


def test_on_a_retired_connection_the_job_goes_on(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    with context.db.write() as session:
        session.get_one(Connection, job.connection_id).retired_at = now()
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert answer.status_code == 409
    assert "Use it again to cancel the job there." in answer.text
    assert reload(context.db, job).cancel_requested_at is None


def test_an_ended_job_is_left_as_it_is(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job(
        status=JobStatus.SUCCEEDED, is_finished=True, is_read=True, creation=Creation.CREATED
    )
    answer = ed.post(f"/jobs/{job.id}/cancel", headers=HTMX)
    assert answer.status_code == 409
    assert "This job has ended already." in answer.text
    assert reload(context.db, job).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("command", ["cancel", "sync", "retry"])
def test_a_viewer_may_not(vi: TestClient, context: Context, add_job: AddJob, command: str) -> None:
    job = add_job()
    answer = vi.post(f"/jobs/{job.id}/{command}", headers=HTMX)
    assert answer.status_code == 403
    assert reload(context.db, job).next_sync_at == job.next_sync_at
    assert not reload(context.db, job).is_finished


def test_there_must_be_such_a_job(ed: TestClient) -> None:
    answers = [ed.post(f"/jobs/{number}/cancel") for number in (99, 2**40)]
    assert [answer.status_code for answer in answers] == [404, 422]

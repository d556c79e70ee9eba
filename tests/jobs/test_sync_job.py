"""Asking the provider now."""

from datetime import timedelta

from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.clock import now
from app.core.context import Context
from app.jobs.models import Creation
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, reload, work
from tests.jobs.provider import FakeProvider

HTMX = {"hx-request-type": "partial"}


def test_has_the_provider_asked_at_once(
    ed: TestClient, context: Context, session: Session, provider: FakeProvider, add_job: AddJob
) -> None:
    remote = provider.create_job({"model": "tiny", "training_file": "file-0"})
    later = now() + timedelta(hours=1)
    job = add_job(remote_id=remote["id"], creation=Creation.CREATED, next_sync_at=later)
    provider.step(remote["id"], 1, 9, train_loss=1.0)
    answer = ed.post(f"/jobs/{job.id}/sync", headers=HTMX)
    assert "The provider is asked now." in answer.text
    work(context)
    assert reload(context.db, job).last_step == 1
    assert AuditAction.JOB_SYNCED in session.exec(select(AuditEntry.action)).all()


def test_a_forgotten_job_that_is_back_is_followed_again(
    ed: TestClient, context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    remote = provider.create_job({"model": "tiny", "training_file": "file-0"})
    job = add_job(
        remote_id=remote["id"], creation=Creation.CREATED, is_read=True, is_finished=True,
        status=JobStatus.UNKNOWN, forgotten_at=now(),
    )  # fmt: skip
    ed.post(f"/jobs/{job.id}/sync", headers=HTMX)
    work(context)
    back = reload(context.db, job)
    assert (back.status, back.is_finished, back.forgotten_at) == (JobStatus.QUEUED, False, None)

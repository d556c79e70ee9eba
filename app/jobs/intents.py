"""What is written down about a job on its way to the provider."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlmodel import col, select

from app.connections.service import note_failure, note_job_created
from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.core.errors import DomainError
from app.core.text import N_
from app.jobs.merging import keep_problem, take_created
from app.jobs.models import Creation, Job
from app.jobs.pacing import failure_pause
from app.jobs.syncing import schedule_sync
from app.provider.errors import ProviderError
from app.provider.types import JobSnapshot, JobStatus

LOOK_AGAIN = timedelta(seconds=2)
UNANSWERED = N_(
    "Nobody knows whether the provider created this job: it never answered, and its connection "
    "is retired. Look at the provider before you start it again."
)


def write_intent(context: Context, job: Job, files: Sequence[str]) -> Job | None:
    """The job with its intent; None when it was cancelled or is no longer ours to ask for."""
    at = now()
    training, validation = (*files, None)[:2]
    values = {
        "creation": Creation.ASKED,
        "asked_at": at,
        "asked_count": col(Job.asked_count) + 1,
        "training_remote_file": training,
        "validation_remote_file": validation,
        "next_sync_at": at + LOOK_AGAIN,
    }
    query = update(Job).where(
        col(Job.id) == job.id,
        col(Job.lease_owner) == context.owner,
        col(Job.creation) == Creation.CREATING,
        col(Job.cancel_requested_at).is_(None),
    )
    with context.db.write() as session:
        result = session.exec(query.values(**values))
        if cast(CursorResult[Any], result).rowcount != 1:
            return None
        return session.get(Job, job.id)


def withdraw_intent(db: Database, job: Job) -> bool:
    """It is certain that the provider has no such job. Whether it is still wanted."""
    with db.write() as session:
        kept = session.get_one(Job, job.id)
        if not kept.is_creating:
            return False
        kept.creation, kept.asked_at, kept.next_sync_at = Creation.CREATING, None, now()
        if kept.cancel_requested_at is not None:
            abandon(kept, JobStatus.CANCELLED)
        return kept.is_creating


def keep_created(db: Database, job: Job, snapshot: JobSnapshot) -> None:
    at = now()
    with db.write() as session:
        kept = session.get_one(Job, job.id)
        take_created(kept, snapshot, at)
        kept.next_sync_at, kept.is_read = at, False
        schedule_sync(session, kept.connection_id, at)
        note_job_created(session, kept.connection_id)


def find_known(db: Database, connection_id: int, remote_ids: Sequence[str]) -> Collection[str]:
    """Which of these jobs of a provider are ours already."""
    query = select(Job.remote_id).where(
        Job.connection_id == connection_id, col(Job.remote_id).in_(remote_ids)
    )
    with db.read() as session:
        return {remote_id for remote_id in session.exec(query) if remote_id is not None}


def postpone(
    context: Context, job: Job, error: DomainError | None, pause: timedelta | None = None
) -> None:
    """Go on later; after a failure ever later, and not before the provider's own time."""
    retry_after = error.retry_after if isinstance(error, ProviderError) else None
    with context.db.write() as session:
        kept = session.get_one(Job, job.id)
        if error is not None:
            kept.failure_count += 1
            keep_problem(kept, error)
        seconds = failure_pause(kept.failure_count, context.settings.sync_seconds, retry_after)
        kept.next_sync_at = now() + (pause or timedelta(seconds=seconds))


def give_up(db: Database, job: Job, error: DomainError) -> None:
    """The job will not be created: it failed, for this reason."""
    with db.write() as session:
        kept = session.get_one(Job, job.id)
        abandon(kept, JobStatus.FAILED)
        kept.error_code = getattr(error, "remote_code", None) or error.code
        kept.error_message = error.sentence
        kept.error_places = {name: str(value) for name, value in error.params.items()}
        if isinstance(error, ProviderError):
            note_failure(session, kept.connection_id, error)


def abandon(job: Job, status: JobStatus) -> None:
    """It ends here, without the provider ever having had it."""
    job.creation, job.status = Creation.ABANDONED, status
    job.is_finished = job.is_read = True
    job.finished_at = now()
    job.cancel_requested_at = None
    job.asked_at = None
    job.sync_error, job.sync_error_places = None, {}


def stop_waiting(job: Job) -> None:
    """It may exist at the provider, and nobody will ask any more."""
    abandon(job, JobStatus.UNKNOWN)
    job.forgotten_at = job.finished_at
    keep_problem(job, DomainError(UNANSWERED))

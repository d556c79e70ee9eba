"""Follows jobs at their providers. Each connection by one worker at a time, none for another."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from app.connections.service import note_failure, note_success
from app.core.clock import now
from app.core.context import Context, Task
from app.core.db import Database
from app.core.errors import DomainError, NoRoom
from app.jobs.following import Finding, Missing, Trouble, follow_jobs
from app.jobs.holding import held_row
from app.jobs.keeping import keep_news
from app.jobs.merging import forget_job, keep_problem
from app.jobs.models import Creation, Job, JobSync
from app.jobs.pacing import WATCHED_PAUSE, failure_pause
from app.jobs.providers import open_client
from app.jobs.reading import News
from app.provider.errors import ProviderError

BATCH = 50
MOST_JOBS = 2000
SOON = timedelta(seconds=0.2)
NOTHING_TO_FOLLOW = timedelta(hours=1)
MISSES_UNTIL_FORGOTTEN = 3
LAST_READINGS = 12


def sync_connection(context: Context) -> bool:
    """Look at one connection whose time has come."""
    with held_row(context, JobSync, col(JobSync.next_sync_at) <= now()) as sync_id:
        if sync_id is None:
            return False
        _sync(context, sync_id, now())
        return True


TASKS = [Task("jobs.sync", sync_connection, is_remote=True)]


def schedule_sync(session: Session, connection_id: int, at: datetime) -> None:
    """Have a connection looked at no later than `at`."""
    query = select(JobSync).where(JobSync.connection_id == connection_id)
    sync = session.exec(query.with_for_update()).first()
    if sync is None:
        session.add(JobSync(connection_id=connection_id, next_sync_at=at))
        session.flush()
    else:
        sync.next_sync_at = min(sync.next_sync_at, at)


def _sync(context: Context, sync_id: int, at: datetime) -> None:
    with context.db.read() as session:
        sync = session.get(JobSync, sync_id)
        jobs = _list_due(session, sync.connection_id, at) if sync else []
    if sync is None:
        return
    problem: DomainError | None = None
    try:
        if jobs:
            _follow(context, sync.connection_id, jobs, at)
    except DomainError as error:
        problem = error
    with context.db.write() as session:
        _note_outcome(session, context, sync_id, problem, at, asked=bool(jobs))


def _list_due(session: Session, connection_id: int, at: datetime) -> Sequence[Job]:
    due = col(Job.next_sync_at) <= at + SOON
    query = select(Job).where(*_followed(connection_id), due).order_by(col(Job.next_sync_at))
    return session.exec(query.limit(MOST_JOBS)).all()


def _followed(connection_id: int) -> list[ColumnElement[bool]]:
    return [
        col(Job.connection_id) == connection_id,
        col(Job.is_read).is_(False),
        col(Job.creation) == Creation.CREATED,
    ]


def _follow(context: Context, connection_id: int, jobs: Sequence[Job], at: datetime) -> None:
    shortest = context.settings.sync_seconds
    batch: list[Finding] = []
    with open_client(context, connection_id) as client:
        try:
            for finding in follow_jobs(client, context.storage, jobs, at):
                batch.append(finding)
                if len(batch) >= BATCH:
                    _keep(context.db, batch, at, shortest)
                    batch = []
        finally:
            _keep(context.db, batch, at, shortest)


def _keep(db: Database, batch: Sequence[Finding], at: datetime, shortest: float) -> None:
    keep_news(db, [finding for finding in batch if isinstance(finding, News)], at, shortest)
    others = [finding for finding in batch if not isinstance(finding, News)]
    if others:
        with db.write() as session:
            for finding in others:
                _note_other(session, finding, at, shortest)


def _note_other(
    session: Session, finding: Missing | Trouble, at: datetime, shortest: float
) -> None:
    job = session.get(Job, finding.job_id)
    if job is None:
        return
    if isinstance(finding, Missing):
        job.missing_count += 1
        job.next_sync_at = at + timedelta(seconds=failure_pause(job.missing_count, shortest, None))
        if job.missing_count >= MISSES_UNTIL_FORGOTTEN:
            forget_job(job, at)
        return
    job.failure_count += 1
    # What cannot be stored here is asked for until it can.
    is_theirs = not isinstance(finding.error, NoRoom)
    job.is_read = job.is_finished and is_theirs and job.failure_count >= LAST_READINGS
    pause = failure_pause(job.failure_count, shortest, _retry_after(finding.error))
    job.next_sync_at = at + timedelta(seconds=pause)
    keep_problem(job, finding.error)


def _note_outcome(
    session: Session,
    context: Context,
    sync_id: int,
    problem: DomainError | None,
    at: datetime,
    *,
    asked: bool,
) -> None:
    sync = session.get(JobSync, sync_id)
    if sync is None:
        return
    if problem is None:
        if asked:
            sync.failure_count, sync.last_synced_at = 0, at
            note_success(session, sync.connection_id)
        query = select(func.min(col(Job.next_sync_at))).where(*_followed(sync.connection_id))
        sync.next_sync_at = session.exec(query).one() or at + NOTHING_TO_FOLLOW
        return
    sync.failure_count += 1
    pause = failure_pause(sync.failure_count, context.settings.sync_seconds, _retry_after(problem))
    sync.next_sync_at = now() + timedelta(seconds=pause)
    if isinstance(problem, ProviderError):
        note_failure(session, sync.connection_id, problem)
    for job in _list_due(session, sync.connection_id, at):
        keep_problem(job, problem)


def _retry_after(error: DomainError) -> float | None:
    return error.retry_after if isinstance(error, ProviderError) else None


def touch_watched(db: Database, job_id: int, seconds: float) -> None:
    """Somebody looks at the job: for so long it is asked about often."""
    at = now()
    with db.write() as session:
        job = session.get(Job, job_id)
        if job is None or job.is_read:
            return
        job.watched_until = at + timedelta(seconds=seconds)
        job.next_sync_at = min(job.next_sync_at, at + timedelta(seconds=WATCHED_PAUSE))
        schedule_sync(session, job.connection_id, job.next_sync_at)

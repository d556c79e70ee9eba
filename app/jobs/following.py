"""One look at all followed jobs of a connection: few list calls, then only what changed."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.errors import DomainError, NoRoom
from app.core.logs import log
from app.core.storage import Storage
from app.core.text import N_
from app.jobs.models import Job
from app.jobs.reading import News, read_news
from app.provider.client import ProviderClient
from app.provider.errors import (
    NotOffered,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    RemoteNotFound,
    RequestRefused,
    Unauthorized,
)
from app.provider.paging import PAGE_SIZE, iterate
from app.provider.types import JobSnapshot

MOST_THREADS = 32
FEW = 2
SPARE_PAGES = 3
UNREADABLE = N_("What the provider says about this job cannot be read.")
NOT_STORED = N_("What the provider has for this job cannot be stored here: the disk may be full.")
# Failures of the connection as a whole: there is no use in going on to its other jobs.
BROKEN = (ProviderUnreachable, RateLimited, Unauthorized)


@dataclass(frozen=True, slots=True)
class Missing:
    """The provider answers, but not with this job."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """This job could not be read, others may."""

    job_id: int
    error: DomainError


Finding = News | Missing | Trouble


def follow_jobs(
    client: ProviderClient, storage: Storage, jobs: Sequence[Job], at: datetime
) -> Iterator[Finding]:
    """A finding per job, as they come. Raises when the connection is broken; then some are left."""
    snapshots = _list_snapshots(client, jobs) if len(jobs) > FEW else {}
    pool = ThreadPoolExecutor(min(MOST_THREADS, max(1, len(jobs))), "jobs-sync")
    try:
        futures = [pool.submit(_find, client, storage, job, snapshots, at) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _list_snapshots(client: ProviderClient, jobs: Sequence[Job]) -> Mapping[str, JobSnapshot]:
    """Newest first until all are seen; jobs beyond some pages are asked for one by one."""
    wanted = {job.remote_id for job in jobs}
    pages = math.ceil(len(wanted) / PAGE_SIZE) + SPARE_PAGES
    found: dict[str, JobSnapshot] = {}
    try:
        for snapshot in iterate(
            lambda after: client.list_jobs(after=after), _remote_id, most_pages=pages
        ):
            if snapshot.remote_id in wanted:
                found[snapshot.remote_id] = snapshot
            if len(found) == len(wanted):
                break
    except NotOffered:
        return {}
    return found


def _find(
    client: ProviderClient,
    storage: Storage,
    job: Job,
    snapshots: Mapping[str, JobSnapshot],
    at: datetime,
) -> Finding:
    try:
        if job.cancel_requested_at is not None and not job.is_finished:
            return _cancel(client, storage, job, at)
        remote_id = job.remote_id or ""
        snapshot = snapshots.get(remote_id) or client.get_job(remote_id)
        return read_news(client, storage, job, snapshot, at)
    except RemoteNotFound:
        return Missing(job.id or 0)
    except BROKEN:
        raise
    except (ProviderError, NoRoom) as error:
        return Trouble(job.id or 0, error)
    except OSError as error:
        log.error("job_not_stored", job=job.id, error=str(error))
        return Trouble(job.id or 0, NoRoom(NOT_STORED))
    except Exception:  # noqa: BLE001 - other jobs must not suffer
        log.exception("job_unreadable", job=job.id)
        return Trouble(job.id or 0, DomainError(UNREADABLE))


def _cancel(client: ProviderClient, storage: Storage, job: Job, at: datetime) -> News:
    """Somebody asked for it; a provider that refuses is told only once."""
    try:
        snapshot = client.cancel_job(job.remote_id or "")
    except (RequestRefused, NotOffered):
        snapshot = client.get_job(job.remote_id or "")
    return replace(read_news(client, storage, job, snapshot, at), cancel_asked=True)


def _remote_id(snapshot: JobSnapshot) -> str:
    return snapshot.remote_id

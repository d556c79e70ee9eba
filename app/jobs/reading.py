"""Reads from a provider what it has to say about a job. Touches no database row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.storage import Storage, StoredBlob
from app.jobs.merging import has_changed
from app.jobs.models import Job
from app.provider.client import ProviderClient
from app.provider.errors import NotOffered, PermissionRefused, RemoteNotFound, RequestRefused
from app.provider.results import StepMetrics, parse_results
from app.provider.types import CheckpointSnapshot, EventSnapshot, JobSnapshot, JobStatus

# Not to be had, now or later: what else there is about the job must not wait for it.
CLOSED = (NotOffered, RemoteNotFound, PermissionRefused, RequestRefused)
# Some providers name the tuned model only a while after they call the job succeeded.
MODEL_MAY_FOLLOW = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class ResultFile:
    remote_id: str
    blob: StoredBlob
    metrics: Sequence[StepMetrics]


@dataclass(frozen=True, slots=True)
class News:
    """What is new about a job; events in the order of time.

    `marker` is the id up to which events are known now. `is_last`: nothing more will come.
    """

    job_id: int
    snapshot: JobSnapshot
    events: Sequence[EventSnapshot] = ()
    marker: str | None = None
    checkpoints: Sequence[CheckpointSnapshot] = ()
    results: Sequence[ResultFile] = field(default=())
    changed: bool = False
    is_last: bool = False
    cancel_asked: bool = False

    @property
    def moved(self) -> bool:
        return self.changed or bool(self.events)


def read_news(
    client: ProviderClient, storage: Storage, job: Job, snapshot: JobSnapshot, at: datetime
) -> News:
    """A running or changed job gets its events; a finished one everything there is."""
    changed = has_changed(job, snapshot)
    ended = snapshot.status.is_terminal
    if not (changed or ended or snapshot.status is JobStatus.RUNNING or job.event_marker is None):
        return News(job.id or 0, snapshot, marker=job.event_marker)
    has_events = client.profile.has_events
    events, marker = _read_events(client, job, snapshot) if has_events else ((), None)
    return News(
        job_id=job.id or 0,
        snapshot=snapshot,
        events=events,
        marker=marker,
        checkpoints=_read_checkpoints(client, snapshot) if ended or not has_events else (),
        results=_read_results(client, storage, snapshot) if ended else (),
        changed=changed,
        is_last=ended and not _may_follow(snapshot, at),
    )


def _read_events(
    client: ProviderClient, job: Job, snapshot: JobSnapshot
) -> tuple[Sequence[EventSnapshot], str | None]:
    """Since the marker; all of them once more when the job has ended."""
    known = {job.event_marker} if job.event_marker and not snapshot.status.is_terminal else set()
    try:
        events = list(client.iterate_events(snapshot.remote_id, known=known))
    except NotOffered:
        return (), None
    if _oldest_first(events):
        # Nothing can be left out from the start of such a list: it is read whole each time.
        return events, None
    return events[::-1], events[0].remote_id if events else job.event_marker


def _oldest_first(events: Sequence[EventSnapshot]) -> bool:
    times = [event.created_at for event in events if event.created_at is not None]
    return len(times) > 1 and times[0] < times[-1]


def _read_checkpoints(
    client: ProviderClient, snapshot: JobSnapshot
) -> Sequence[CheckpointSnapshot]:
    try:
        return list(client.iterate_checkpoints(snapshot.remote_id))
    except CLOSED:
        return ()


def _read_results(
    client: ProviderClient, storage: Storage, snapshot: JobSnapshot
) -> Sequence[ResultFile]:
    found = (_read_result(client, storage, remote_id) for remote_id in snapshot.result_files)
    return [result for result in found if result is not None]


def _read_result(client: ProviderClient, storage: Storage, remote_id: str) -> ResultFile | None:
    """None where the job names a file that is no longer there, or that the key may not read."""
    try:
        content = client.read_file(remote_id)
    except CLOSED:
        return None
    with storage.writer() as writer:
        writer.write(content)
        blob = writer.finish()
    return ResultFile(remote_id, blob, parse_results(content))


def _may_follow(snapshot: JobSnapshot, at: datetime) -> bool:
    waits = snapshot.status is JobStatus.SUCCEEDED and snapshot.fine_tuned_model is None
    finished_at = snapshot.finished_at or at
    return waits and at - finished_at < MODEL_MAY_FOLLOW

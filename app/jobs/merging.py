"""What a provider says about a job, taken over into our copy of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.errors import DomainError
from app.core.text import N_
from app.jobs.metrics import ACCURACY_NAMES, VALID_NAMES, first_of
from app.jobs.models import Creation, Job
from app.jobs.rows import Row, stored_step
from app.provider.types import EventSnapshot, JobSnapshot, JobStatus

NO_REASON = N_("The provider gave no reason.")
FORGOTTEN = N_("The provider no longer knows this job. What was copied before stays here.")


def has_changed(job: Job, snapshot: JobSnapshot) -> bool:
    return job.raw != snapshot.raw


def take_snapshot(job: Job, snapshot: JobSnapshot, at: datetime) -> None:
    """The job as the provider tells it; what it no longer says stays as it was."""
    job.status, job.raw_status = snapshot.status, snapshot.raw_status[:64]
    job.raw = dict(snapshot.raw)
    job.resolved = {**job.resolved, **snapshot.hyperparameters}
    job.seed = snapshot.seed if snapshot.seed is not None else job.seed
    job.fine_tuned_model = _cut(snapshot.fine_tuned_model, 300) or job.fine_tuned_model
    if snapshot.trained_tokens is not None:
        job.trained_tokens = snapshot.trained_tokens
    job.total_steps = stored_step(snapshot.total_steps) or job.total_steps
    job.last_step = stored_step(snapshot.trained_steps) or job.last_step
    job.missing_count, job.forgotten_at = 0, None
    _take_times(job, snapshot, at)
    _take_error(job, snapshot)


def take_created(job: Job, snapshot: JobSnapshot, at: datetime) -> None:
    """The provider has the job."""
    job.creation = Creation.CREATED
    job.remote_id = snapshot.remote_id[:200]
    job.failure_count = 0
    job.last_synced_at = at
    forget_problem(job)
    take_snapshot(job, snapshot, at)


def take_events(job: Job, events: Sequence[EventSnapshot], points: Sequence[Row]) -> None:
    """`events` come in the order of time."""
    steps = [step for event in events if (step := stored_step(event.step)) is not None]
    totals = [total for event in events if (total := stored_step(event.total_steps))]
    if totals:
        job.total_steps = totals[-1]
    if steps:
        job.last_step = max([*steps, job.last_step or 0])
    if job.started_at is None:
        job.started_at = next((e.created_at for e in events if e.step is not None), None)
    take_points(job, points)


def take_points(job: Job, points: Sequence[Row]) -> None:
    """The last value of each kind, and the best validation loss there ever was."""
    last = _last_values(points)
    job.train_loss = last.get("train_loss", job.train_loss)
    valid_name = first_of(last, VALID_NAMES)
    if valid_name:
        job.valid_loss = last[valid_name]
    if name := first_of(last, ACCURACY_NAMES):
        job.accuracy = last[name]
    for point in points:
        better = job.best_valid_loss is None or point["value"] < job.best_valid_loss
        if point["name"] == valid_name and better:
            job.best_valid_loss, job.best_step = point["value"], point["step"]


def forget_job(job: Job, at: datetime) -> None:
    """The provider answers, but has no such job any more."""
    job.forgotten_at = at
    job.is_read = True
    if not job.is_finished:
        job.status, job.is_finished = JobStatus.UNKNOWN, True
        job.finished_at = at
    keep_problem(job, DomainError(FORGOTTEN))


def keep_problem(job: Job, error: DomainError) -> None:
    """Why the provider could not be read, to be said in any reader's language."""
    job.sync_error = error.sentence[:1000]
    job.sync_error_places = {name: str(value) for name, value in error.params.items()}


def forget_problem(job: Job) -> None:
    job.sync_error, job.sync_error_places = None, {}


def _last_values(points: Sequence[Row]) -> Mapping[str, float]:
    ordered = sorted(points, key=lambda point: int(point["step"]))
    return {point["name"]: point["value"] for point in ordered}


def _take_times(job: Job, snapshot: JobSnapshot, at: datetime) -> None:
    job.is_finished = snapshot.status.is_terminal
    job.estimated_finish_at = snapshot.estimated_finish_at
    if snapshot.status is JobStatus.RUNNING and job.started_at is None:
        job.started_at = at
    if job.is_finished:
        job.finished_at = snapshot.finished_at or job.finished_at or at
        job.estimated_finish_at = None
        job.cancel_requested_at = None


def _take_error(job: Job, snapshot: JobSnapshot) -> None:
    if snapshot.error is not None:
        job.error_code = _cut(snapshot.error.code, 200)
        job.error_message = _cut(snapshot.error.message, 4000)
        job.error_param = _cut(snapshot.error.param, 200)
    elif snapshot.status is JobStatus.FAILED:
        job.error_message = job.error_message or NO_REASON


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None

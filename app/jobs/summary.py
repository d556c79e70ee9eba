"""A job with everything beside it that its page names: one read for the whole page."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.access.models import User
from app.connections.models import Connection, KnownModel
from app.connections.service import get_connection
from app.core.clock import now
from app.datasets.service import NamedVersion, get_version, name_version
from app.jobs.curves import Stamp, stamp_of
from app.jobs.models import Job, JobEvent
from app.jobs.service import get_job
from app.provider.types import JobStatus


@dataclass(frozen=True, slots=True)
class JobSummary:
    """`base` is None where the connection's list does not name the base model."""

    job: Job
    connection: Connection
    training: NamedVersion
    validation: NamedVersion | None
    owner: str | None
    base: KnownModel | None
    event_count: int
    stamp: Stamp

    @property
    def id(self) -> int:
        return self.job.id or 0

    @property
    def checkpoint_count(self) -> int:
        return self.stamp.checkpoint_count

    @property
    def is_free(self) -> bool:
        return self.connection.is_embedded or self.job.usd_per_million == 0

    @property
    def is_live(self) -> bool:
        """Whether something may still change by itself."""
        return not self.job.is_read

    @property
    def n_epochs(self) -> float | None:
        """As the provider resolved it, else as it was asked; None while it is left open."""
        for settings in (self.job.resolved, self.job.requested):
            value = settings.get("n_epochs")
            if isinstance(value, int | float) and value > 0:
                return float(value)
        return None

    @property
    def epoch(self) -> float | None:
        job = self.job
        if self.n_epochs is None or not job.total_steps or job.last_step is None:
            return None
        return min(self.n_epochs, job.last_step * self.n_epochs / job.total_steps)

    @property
    def share_done(self) -> float | None:
        job = self.job
        if job.status is JobStatus.SUCCEEDED:
            return 1.0
        if not job.total_steps or job.last_step is None:
            return None
        return min(1.0, job.last_step / job.total_steps)

    @property
    def seconds(self) -> float | None:
        """From the first step to the end, or until now; None before the first step."""
        started_at = self.job.started_at
        if started_at is None:
            return None
        return max(0.0, ((self.job.finished_at or now()) - started_at).total_seconds())

    @property
    def seconds_left(self) -> float | None:
        """By the provider's own estimate, else by the pace so far."""
        job, share = self.job, self.share_done
        if job.status is not JobStatus.RUNNING or job.is_stale:
            return None
        if job.estimated_finish_at is not None:
            return max(0.0, (job.estimated_finish_at - now()).total_seconds())
        if not share or job.started_at is None or job.last_synced_at is None:
            return None
        passed = (job.last_synced_at - job.started_at).total_seconds()
        return max(0.0, passed * (1 - share) / share)

    @property
    def usd_until_now(self) -> float | None:
        """What a cancellation now would have cost, by the share of the steps."""
        if self.job.estimated_usd is None or self.share_done is None:
            return None
        return self.job.estimated_usd * self.share_done

    @property
    def origin_at(self) -> datetime:
        """From when the times of events are counted."""
        return self.job.created_at


def summarize_job(session: Session, job_id: int) -> JobSummary:
    job = get_job(session, job_id)
    connection = get_connection(session, job.connection_id)
    count_events = select(func.count()).where(col(JobEvent.job_id) == job_id)
    owner = session.get(User, job.created_by_id) if job.created_by_id else None
    known = (model for model in connection.known_models if model.id == job.base_model)
    return JobSummary(
        job=job,
        connection=connection,
        training=_name(session, job.training_version_id),
        validation=_name(session, job.validation_version_id) if job.validation_version_id else None,
        owner=owner.name if owner else None,
        base=next(known, None),
        event_count=session.exec(count_events).one(),
        stamp=stamp_of(session, job),
    )


def _name(session: Session, version_id: int) -> NamedVersion:
    return name_version(session, get_version(session, version_id))

"""The first page: what runs, what ended lately, what needs attention, what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, func, select

from app.connections.models import Connection
from app.connections.service import list_connections
from app.core.clock import now
from app.datasets.models import Dataset, DatasetVersion, VersionStatus
from app.jobs.models import Job
from app.provider.types import JobStatus

LATELY = timedelta(days=14)
SHOWN = 8


@dataclass(frozen=True)
class Steps:
    """The way of a newcomer: each is done or not, the first that is not comes next."""

    has_dataset: bool
    has_usable_version: bool
    has_job: bool
    has_model: bool

    @property
    def are_done(self) -> bool:
        return self.has_model


@dataclass(frozen=True)
class Overview:
    running: Sequence[Job]
    ended: Sequence[Job]
    blocked: Sequence[tuple[DatasetVersion, Dataset]]
    broken: Sequence[Connection]
    checking: Sequence[tuple[DatasetVersion, Dataset]]
    steps: Steps

    @property
    def failed(self) -> list[Job]:
        return [job for job in self.ended if job.status is JobStatus.FAILED]

    @property
    def needs_attention(self) -> bool:
        return bool(self.failed or self.blocked or self.broken)


def get_overview(session: Session) -> Overview:
    return Overview(
        running=list_running(session),
        ended=_list_ended(session),
        blocked=_list_versions(session, [VersionStatus.BLOCKED, VersionStatus.FAILED]),
        checking=_list_versions(session, [VersionStatus.UPLOADED, VersionStatus.VALIDATING]),
        broken=[c for c in list_connections(session) if c.last_error and not c.is_retired],
        steps=_steps(session),
    )


def list_running(session: Session) -> Sequence[Job]:
    query = select(Job).where(col(Job.is_finished).is_(False))
    return session.exec(query.order_by(col(Job.id).desc()).limit(SHOWN)).all()


def _list_ended(session: Session) -> Sequence[Job]:
    query = select(Job).where(col(Job.is_finished).is_(True), col(Job.finished_at) > now() - LATELY)
    return session.exec(query.order_by(col(Job.id).desc()).limit(SHOWN)).all()


def _list_versions(
    session: Session, statuses: list[VersionStatus]
) -> Sequence[tuple[DatasetVersion, Dataset]]:
    """Newest versions of their datasets that stand there."""
    query = (
        select(DatasetVersion, Dataset)
        .join(Dataset, col(Dataset.id) == col(DatasetVersion.dataset_id))
        .where(col(DatasetVersion.status).in_(statuses))
        .where(col(DatasetVersion.number) == col(Dataset.last_number))
        .order_by(col(DatasetVersion.id).desc())
    )
    return session.exec(query.limit(SHOWN)).all()


def _steps(session: Session) -> Steps:
    usable = [status for status in VersionStatus if status.is_usable]
    return Steps(
        has_dataset=_some(session, select(Dataset.id)),
        has_usable_version=_some(
            session, select(DatasetVersion.id).where(col(DatasetVersion.status).in_(usable))
        ),
        has_job=_some(session, select(Job.id)),
        has_model=_some(session, select(Job.id).where(col(Job.fine_tuned_model).is_not(None))),
    )


def _some(session: Session, query: object) -> bool:
    return session.exec(query.limit(1)).first() is not None  # type: ignore[attr-defined]


def count_running(session: Session) -> int:
    query = select(func.count(col(Job.id))).where(col(Job.is_finished).is_(False))
    return session.exec(query).one()

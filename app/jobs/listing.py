"""The list of jobs: unfinished ones first, newest first, paged by where the last page ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from app.access.models import User
from app.connections.models import Connection
from app.core.clock import now
from app.datasets.models import Dataset, DatasetVersion
from app.jobs.choices import number_in
from app.jobs.models import Job
from app.provider.types import JobStatus

PAGE_ROWS = 50
MOST_OPTIONS = 200
UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class JobFilter:
    """As it stands in the address; empty means all. `before` is the last row of a page."""

    q: str = ""
    status: str = ""
    base: str = ""
    dataset: str = ""
    owner: str = ""
    connection: str = ""
    before: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        return cls(**{each.name: given.get(each.name, "").strip()[:200] for each in fields(cls)})

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self) if each.name != "before")

    @property
    def chosen(self) -> dict[str, str]:
        """What goes on to the address of another page of the same list."""
        names = [each.name for each in fields(self) if each.name != "before"]
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with the names of what it refers to."""

    job: Job
    connection_name: str
    is_embedded: bool
    dataset_id: int
    dataset_name: str
    version_number: int
    owner: str | None
    shutdown_date: date | None

    @property
    def shutdown_days(self) -> int | None:
        return (self.shutdown_date - now().date()).days if self.shutdown_date else None

    @property
    def estimated_finish_at(self) -> datetime | None:
        """As the provider says, else as the steps so far suggest."""
        job = self.job
        if job.is_finished or job.estimated_finish_at is not None:
            return job.estimated_finish_at
        if not (job.started_at and job.last_synced_at and job.last_step and job.total_steps):
            return None
        elapsed = job.last_synced_at - job.started_at
        return job.started_at + elapsed * (job.total_steps / job.last_step)

    @property
    def seconds_left(self) -> float | None:
        end = self.estimated_finish_at
        return max(0.0, (end - now()).total_seconds()) if end else None

    @property
    def duration(self) -> float | None:
        """Seconds from its start until its end or now."""
        begin = self.job.started_at or self.job.created_at
        if self.job.is_finished:
            return (self.job.finished_at - begin).total_seconds() if self.job.finished_at else None
        return (now() - begin).total_seconds() if self.job.started_at else None


@dataclass(frozen=True, slots=True)
class JobPage:
    rows: Sequence[JobRow]
    count: int
    total: int
    older: str

    @property
    def unfinished_ids(self) -> list[int]:
        return [row.job.id or 0 for row in self.rows if not row.job.is_finished]


@dataclass(frozen=True, slots=True)
class Options:
    """What there is to filter by."""

    bases: Sequence[tuple[str, str]]
    datasets: Sequence[tuple[int, str]]
    owners: Sequence[tuple[int, str]]
    connections: Sequence[tuple[int, str]]


def list_jobs(session: Session, chosen: JobFilter) -> JobPage:
    conditions = _conditions(chosen)
    ids = _page_ids(session, [*conditions, *_after(chosen.before)])
    shown = ids[:PAGE_ROWS]
    total = _count(session, [])
    is_whole = len(ids) <= PAGE_ROWS and not chosen.before
    count = len(ids) if is_whole else _count(session, conditions)
    rows = list_rows(session, shown)
    older = _place_of(rows[-1].job) if len(ids) > PAGE_ROWS else ""
    return JobPage(rows, count, total, older)


def list_rows(session: Session, job_ids: Sequence[int]) -> list[JobRow]:
    """Rows of these jobs in the order given."""
    found = session.execute(_rows_query().where(col(Job.id).in_(job_ids))).all()
    rows = {row.job.id: row for row in _named(session, found)}
    return [rows[job_id] for job_id in job_ids if job_id in rows]


def _page_ids(session: Session, conditions: list[ColumnElement[bool]]) -> list[int]:
    """One more than a page shows. Rows are read later: these are found in the index."""
    query = select(col(Job.id)).where(*conditions)
    ordered = query.order_by(col(Job.is_finished), col(Job.id).desc())
    return [job_id or 0 for job_id in session.exec(ordered.limit(PAGE_ROWS + 1))]


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    return session.exec(select(func.count(col(Job.id))).where(*conditions)).one()


def list_options(session: Session) -> Options:
    bases = session.exec(select(Job.base_model).distinct().order_by(Job.base_model))
    used = select(Job.training_version_id).distinct()
    datasets = (
        select(col(Dataset.id), Dataset.name)
        .where(
            col(Dataset.id).in_(
                select(DatasetVersion.dataset_id).where(col(DatasetVersion.id).in_(used))
            )
        )
        .order_by(col(Dataset.updated_at).desc())
    )
    owners = select(col(User.id), User.name).where(
        col(User.id).in_(select(Job.created_by_id).distinct())
    )
    connections = select(col(Connection.id), Connection.name).where(
        col(Connection.id).in_(select(Job.connection_id).distinct())
    )
    return Options(
        [(base, base) for base in bases.all()[:MOST_OPTIONS]],
        _pairs(session, datasets.limit(MOST_OPTIONS)),
        _pairs(session, owners.order_by(User.name)),
        _pairs(session, connections.order_by(Connection.name)),
    )


def _pairs(session: Session, query: Any) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in session.execute(query)]


def _rows_query() -> Any:
    columns: list[Any] = [
        Job,
        Connection.name,
        Connection.is_embedded,
        Dataset.id,
        Dataset.name,
        DatasetVersion.number,
        User.name,
    ]
    return (
        sqlalchemy_select(*columns)
        .join(Connection, col(Connection.id) == col(Job.connection_id))
        .join(DatasetVersion, col(DatasetVersion.id) == col(Job.training_version_id))
        .join(Dataset, col(Dataset.id) == col(DatasetVersion.dataset_id))
        .outerjoin(User, col(User.id) == col(Job.created_by_id))
        .options(defer(Job.raw))  # type: ignore[arg-type]
    )


def _named(session: Session, found: Any) -> list[JobRow]:
    dates = _shutdown_dates(session, {row[0].connection_id for row in found})
    return [_named_row(row, dates) for row in found]


def _named_row(row: Any, dates: Mapping[tuple[int, str], date]) -> JobRow:
    job, connection_name, is_embedded, dataset_id, dataset_name, number, owner = row
    return JobRow(
        job=job,
        connection_name=connection_name,
        is_embedded=is_embedded,
        dataset_id=dataset_id,
        dataset_name=dataset_name,
        version_number=number,
        owner=owner,
        shutdown_date=dates.get((job.connection_id, job.base_model)),
    )


def _shutdown_dates(session: Session, connection_ids: set[int]) -> dict[tuple[int, str], date]:
    """Of the base models, as their providers listed them last."""
    query = select(col(Connection.id), Connection.models).where(
        col(Connection.id).in_(connection_ids)
    )
    return {
        (connection_id, model["id"]): date.fromisoformat(model["shutdown_date"])
        for connection_id, models in session.execute(query)
        for model in models
        if model["shutdown_date"]
    }


def _place_of(job: Job) -> str:
    return f"{int(job.is_finished)}-{job.id}"


def _after(place: str) -> list[ColumnElement[bool]]:
    finished, _, job_id = place.partition("-")
    last_id = number_in(job_id)
    if finished not in {"0", "1"} or last_id is None:
        return []
    is_finished = col(Job.is_finished)
    same = and_(is_finished.is_(finished == "1"), col(Job.id) < last_id)
    return [same if finished == "1" else or_(same, is_finished.is_(True))]


def _conditions(chosen: JobFilter) -> list[ColumnElement[bool]]:
    conditions = [_mentions(word) for word in chosen.q.lower().split()]
    if chosen.status == UNFINISHED:
        conditions.append(col(Job.is_finished).is_(False))
    elif chosen.status in set(JobStatus):
        conditions.append(col(Job.status) == JobStatus(chosen.status))
    if chosen.base:
        conditions.append(col(Job.base_model) == chosen.base)
    numbers = {"owner": col(Job.created_by_id), "connection": col(Job.connection_id)}
    for name, column in numbers.items():
        if (number := number_in(getattr(chosen, name))) is not None:
            conditions.append(column == number)
    if (number := number_in(chosen.dataset)) is not None:
        versions = select(DatasetVersion.id).where(DatasetVersion.dataset_id == number)
        conditions.append(col(Job.training_version_id).in_(versions))
    return conditions


def _mentions(word: str) -> ColumnElement[bool]:
    places = (Job.name, Job.remote_id, Job.fine_tuned_model, Job.suffix)
    return or_(*(func.lower(col(place)).contains(word, autoescape=True) for place in places))

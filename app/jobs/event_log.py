"""Events of a job as a page shows them: newest first, steps in between folded into one row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from app.jobs.models import JobEvent

PAGE = 200
LEVELS = {"warn": ("warn", "warning", "error"), "error": ("error",)}


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What the address asks for; `before` is the id the page starts below."""

    level: str = ""
    q: str = ""
    each: bool = False
    before: int | None = None

    @property
    def folds(self) -> bool:
        return not (self.each or self.q or self.level)

    @property
    def is_plain(self) -> bool:
        return self.folds and self.before is None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event, or with `count` a number of reported steps between two events."""

    id: int
    at: datetime
    level: str
    message: str
    count: int = 0
    first_step: int | None = None
    last_step: int | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    rows: Sequence[EventRow]
    older: int | None


def list_event_rows(
    session: Session, job_id: int, query: EventQuery, limit: int = PAGE
) -> EventPage:
    conditions = [*_conditions(job_id, query), *([_is_said()] if query.folds else [])]
    found = select(JobEvent.id, JobEvent.at, JobEvent.level, JobEvent.message).where(*conditions)
    events = [
        EventRow(event_id or 0, at, level, message)
        for event_id, at, level, message in session.exec(
            found.order_by(col(JobEvent.id).desc()).limit(limit + 1)
        )
    ]
    older = events[limit - 1].id if len(events) > limit else None
    if not query.folds:
        return EventPage(events[:limit], older)
    rows = _with_steps(session, job_id, events[:limit], query.before, is_last=older is None)
    return EventPage(list(rows), older)


def list_events_after(session: Session, job_id: int, after: int) -> Sequence[JobEvent]:
    query = select(JobEvent).where(JobEvent.job_id == job_id, col(JobEvent.id) > after)
    return session.exec(query.order_by(col(JobEvent.id)).limit(1000)).all()


def _conditions(job_id: int, query: EventQuery) -> list[ColumnElement[bool]]:
    conditions = [col(JobEvent.job_id) == job_id]
    if query.before is not None:
        conditions.append(col(JobEvent.id) < query.before)
    if query.level in LEVELS:
        conditions.append(func.lower(col(JobEvent.level)).in_(LEVELS[query.level]))
    if query.q:
        conditions.append(col(JobEvent.message).icontains(query.q, autoescape=True))
    return conditions


def _is_said() -> ColumnElement[bool]:
    """Something told in words, not the numbers of a step."""
    is_step = (col(JobEvent.type) == "metrics") & col(JobEvent.step).is_not(None)
    return or_(col(JobEvent.type).is_(None), ~is_step)


def _with_steps(
    session: Session, job_id: int, events: Sequence[EventRow], before: int | None, *, is_last: bool
) -> Iterator[EventRow]:
    """Each event after the steps that were reported between it and the one before."""
    above = before
    for event in events:
        yield from _steps(session, job_id, event.id, above)
        yield event
        above = event.id
    if is_last:
        yield from _steps(session, job_id, 0, above)


def _steps(session: Session, job_id: int, after: int, before: int | None) -> Iterator[EventRow]:
    conditions = [col(JobEvent.job_id) == job_id, col(JobEvent.id) > after, ~_is_said()]
    if before is not None:
        conditions.append(col(JobEvent.id) < before)
    query = select(
        func.count(),
        func.max(JobEvent.id),
        func.min(JobEvent.step),
        func.max(JobEvent.step),
    ).where(*conditions)
    count, last_id, first_step, last_step = session.exec(query).one()
    if count == 0:
        return
    last = session.get_one(JobEvent, last_id)
    yield EventRow(last.id or 0, last.at, last.level, last.message, count, first_step, last_step)

"""What an open page of a job has been told, and what it is to be told next."""

import hashlib
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Table
from sqlmodel import Session

from app.jobs.curves import stamp_of
from app.jobs.models import Job
from app.jobs.service import get_job

# Columns whose change shows nowhere on the page.
UNSEEN = {
    "lease_owner",
    "lease_expires_at",
    "next_sync_at",
    "sync_seconds",
    "watched_until",
    "event_marker",
    "failure_count",
    "missing_count",
    "asked_count",
    "curve",
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where in the story of its job a page is: its last event, its last step, and what it shows."""

    event_id: int = 0
    step: int = -1
    version: str = ""

    def __str__(self) -> str:
        return f"{self.event_id}.{self.step}.{self.version}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """A cursor that cannot be read is one from before everything."""
        event_id, _, rest = text.partition(".")
        step, _, version = rest.partition(".")
        if not (_is_number(event_id) and _is_number(step.removeprefix("-"))):
            return cls()
        return cls(int(event_id), int(step), version[:32])


@dataclass(frozen=True, slots=True)
class State:
    cursor: Cursor
    is_over: bool


def read_state(session: Session, job_id: int) -> State:
    job = get_job(session, job_id)
    stamp = stamp_of(session, job)
    table: Table = Job.__table__  # type: ignore[attr-defined]
    seen = [str(getattr(job, c.name)) for c in table.columns if c.name not in UNSEEN]
    version = hashlib.sha256(repr((seen, stamp)).encode()).hexdigest()[:12]
    step = job.last_step if job.last_step is not None else -1
    return State(Cursor(stamp.last_event_id, step, version), job.is_read)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18

"""What changes on the page of a job while it is open, once for all who watch it.

Readers with the same place in the story, language, role and tab get the same bytes: the database
is asked once a moment for each job, and each region is rendered once.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Table
from sqlmodel import Session

from app.core.db import Database
from app.jobs.curves import stamp_of
from app.jobs.models import Job
from app.jobs.pacing import WATCHED_SECONDS
from app.jobs.service import get_job
from app.jobs.syncing import touch_watched

T = TypeVar("T")
STATE_SECONDS = 0.2
TOUCH_SECONDS = WATCHED_SECONDS / 3
KEPT_UPDATES = 128
MOST_JOBS = 1000
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


@dataclass(frozen=True, slots=True)
class Update:
    """What a page needs to get to `cursor`: regions as they are now, points that are new.

    `regions` are partials by the name of their template, `points` JSON for charts.
    """

    cursor: Cursor
    regions: Mapping[str, str]
    points: Sequence[str]


def read_state(session: Session, job_id: int) -> State:
    job = get_job(session, job_id)
    stamp = stamp_of(session, job)
    table: Table = Job.__table__  # type: ignore[attr-defined]
    seen = [str(getattr(job, c.name)) for c in table.columns if c.name not in UNSEEN]
    version = hashlib.sha256(repr((seen, stamp)).encode()).hexdigest()[:12]
    step = job.last_step if job.last_step is not None else -1
    return State(Cursor(stamp.last_event_id, step, version), job.is_read)


class LiveFeed:
    """Of one database, which it does not keep alive; threads share it."""

    def __init__(self) -> None:
        self._reading, self._composing = threading.Lock(), threading.Lock()
        self._states: dict[int, tuple[float, State]] = {}
        self._touched: dict[int, float] = {}
        self._updates: OrderedDict[Hashable, Update] = OrderedDict()

    def state_of(self, db: Database, job_id: int) -> State:
        if self._is_to_be_touched(job_id):
            touch_watched(db, job_id, WATCHED_SECONDS)
        with self._reading:
            known = self._states.get(job_id)
            if known is not None and time.monotonic() - known[0] < STATE_SECONDS:
                return known[1]
            with db.read() as session:
                state = read_state(session, job_id)
            self._states = _bounded(self._states)
            self._states[job_id] = (time.monotonic(), state)
            return state

    def update_of(self, key: Hashable, compose: Callable[[], Update]) -> Update:
        """Composed unless somebody else got the same a moment ago."""
        with self._composing:
            if key not in self._updates:
                self._updates[key] = compose()
                while len(self._updates) > KEPT_UPDATES:
                    self._updates.popitem(last=False)
            return self._updates[key]

    def _is_to_be_touched(self, job_id: int) -> bool:
        with self._reading:
            since = time.monotonic() - self._touched.get(job_id, -TOUCH_SECONDS)
            if since < TOUCH_SECONDS:
                return False
            self._touched = _bounded(self._touched)
            self._touched[job_id] = time.monotonic()
            return True


def _bounded(known: dict[int, T]) -> dict[int, T]:
    return known if len(known) < MOST_JOBS else {}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


_feeds: WeakKeyDictionary[Database, LiveFeed] = WeakKeyDictionary()


def feed_of(db: Database) -> LiveFeed:
    return _feeds.setdefault(db, LiveFeed())

"""Metrics of a job as arrays: read once, then only what came since, drawn in as many points as fit.

A job of 100,000 steps takes its time to read, and is looked at again and again; so whole series
stay in memory, the longest unused ones leaving first. What is in the database decides: a series
is asked for with the stamp of the job, and another stamp means that something came.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, func, select

from app.core.db import Database
from app.jobs.models import Checkpoint, Job, JobEvent, MetricPoint

MOST_KEPT_POINTS = 2_000_000
POINT = np.dtype([("step", np.int32), ("value", np.float64)])


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when points of a job do. Points of events grow; others may fill any gap."""

    last_event_id: int
    last_step: int | None
    checkpoint_count: int
    is_finished: bool
    is_read: bool

    def only_grows_to(self, other: "Stamp") -> bool:
        """Whether between the two nothing but events came."""
        fillers = ("checkpoint_count", "is_finished", "is_read")
        return all(getattr(self, name) == getattr(other, name) for name in fillers)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric by step, in order."""

    steps: NDArray[np.int32]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    def between(self, first: float | None, last: float | None) -> "Series":
        """The points of these steps and one on either side, so that lines go on to the edge."""
        start = 0 if first is None else int(np.searchsorted(self.steps, first)) - 1
        end = len(self) if last is None else int(np.searchsorted(self.steps, last, "right")) + 1
        return Series(self.steps[max(0, start) : end], self.values[max(0, start) : end])

    def after(self, first: int, last: int) -> "Series":
        """The points after the first of these steps, up to the last."""
        start, end = np.searchsorted(self.steps, [first, last], "right")
        return Series(self.steps[start:end], self.values[start:end])

    def at(self, step: int) -> float | None:
        place = int(np.searchsorted(self.steps, step))
        found = place < len(self) and self.steps[place] == step
        return float(self.values[place]) if found else None

    def averaged(self, most: int) -> "Series":
        """At most `most` points: the mean of each bucket, at its last step."""
        if len(self) <= most:
            return self
        edges = np.linspace(0, len(self), most + 1, dtype=int)
        sums = np.add.reduceat(self.values, edges[:-1])
        return Series(self.steps[edges[1:] - 1], sums / np.diff(edges))

    def thinned(self, most: int) -> "Series":
        """At most `most` points: first, last, and the least and the greatest of each bucket."""
        if len(self) <= most:
            return self
        edges = np.linspace(0, len(self), max(2, most // 2), dtype=int)
        places = {0, len(self) - 1}
        for start, end in pairwise(edges):
            part = self.values[start:end]
            places |= {int(start + part.argmin()), int(start + part.argmax())}
        chosen = sorted(places)
        return Series(self.steps[chosen], self.values[chosen])


def stamp_of(session: Session, job: Job) -> Stamp:
    last_event = select(func.max(JobEvent.id)).where(JobEvent.job_id == job.id)
    checkpoints = select(func.count()).where(col(Checkpoint.job_id) == job.id)
    return Stamp(
        last_event_id=session.exec(last_event).one() or 0,
        last_step=job.last_step,
        checkpoint_count=session.exec(checkpoints).one(),
        is_finished=job.is_finished,
        is_read=job.is_read,
    )


class CurveStore:
    """Series of one database. Threads share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], tuple[Stamp, Series]] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self, session: Session, job_id: int, stamp: Stamp, names: Iterable[str]
    ) -> dict[str, Series]:
        return {name: self._read(session, job_id, stamp, name) for name in names}

    def _read(self, session: Session, job_id: int, stamp: Stamp, name: str) -> Series:
        with self._lock:
            kept = self._kept.get((job_id, name))
        if kept is not None and kept[0] == stamp:
            series = kept[1]
        elif kept is not None and kept[0].only_grows_to(stamp):
            series = _caught_up(session, job_id, name, kept[0], kept[1])
        else:
            series = _load(session, job_id, name, None)
        self._keep((job_id, name), stamp, series)
        return series

    def _keep(self, key: tuple[int, str], stamp: Stamp, series: Series) -> None:
        with self._lock:
            self._kept[key] = (stamp, series)
            self._kept.move_to_end(key)
            total = sum(len(kept) for _, kept in self._kept.values())
            while total > MOST_KEPT_POINTS and len(self._kept) > 1:
                total -= len(self._kept.popitem(last=False)[1][1])


_stores: WeakKeyDictionary[Database, CurveStore] = WeakKeyDictionary()


def curves_of(db: Database) -> CurveStore:
    return _stores.setdefault(db, CurveStore())


def _caught_up(session: Session, job_id: int, name: str, known: Stamp, series: Series) -> Series:
    """A job that was resumed says some steps again: what it says last holds."""
    query = select(func.min(JobEvent.step)).where(
        JobEvent.job_id == job_id, col(JobEvent.id) > known.last_event_id
    )
    said_again = session.exec(query).one()
    first_new = int(series.steps[-1]) + 1 if len(series) else 0
    start = first_new if said_again is None else min(first_new, said_again)
    kept = int(np.searchsorted(series.steps, start))
    new = _load(session, job_id, name, start)
    return Series(
        np.concatenate([series.steps[:kept], new.steps]),
        np.concatenate([series.values[:kept], new.values]),
    )


def _load(session: Session, job_id: int, name: str, first_step: int | None) -> Series:
    query = select(MetricPoint.step, MetricPoint.value).where(
        MetricPoint.job_id == job_id, MetricPoint.name == name
    )
    if first_step is not None:
        query = query.where(col(MetricPoint.step) >= first_step)
    rows = session.connection().execute(query.order_by(col(MetricPoint.step))).cursor
    points = np.fromiter(rows.fetchall() if rows else [], POINT)
    return Series(points["step"], points["value"])

"""Everything of a job as files, streamed in pieces whatever its length."""

import csv
import io
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

import orjson
from sqlmodel import col, select

from app.core.db import Database
from app.core.spreadsheets import safe_cell
from app.jobs.event_log import list_events_after
from app.jobs.metrics import list_metric_names
from app.jobs.models import JobEvent, MetricPoint

CHUNK = 5000


def iterate_metrics_csv(db: Database, job_id: int) -> Iterator[bytes]:
    """A row per step, a column per metric; an empty cell where nothing was measured.

    In order of the steps, by reading all metrics side by side.
    """
    with db.read() as session:
        names = list_metric_names(session, job_id)
    columns = {name: place for place, name in enumerate(names, start=1)}
    yield _csv_rows([["step", *map(safe_cell, names)]])
    points = merge(*(_points(db, job_id, name) for name in names), key=itemgetter(0))
    rows: list[list[object]] = []
    for step, group in groupby(points, key=itemgetter(0)):
        row: list[object] = [step, *[""] * len(names)]
        for _step, name, value in group:
            row[columns[name]] = value
        rows.append(row)
        if len(rows) >= CHUNK:
            yield _csv_rows(rows)
            rows = []
    yield _csv_rows(rows)


def iterate_events_jsonl(db: Database, job_id: int) -> Iterator[bytes]:
    last_id = 0
    while True:
        with db.read() as session:
            events = list_events_after(session, job_id, last_id)
        if not events:
            return
        yield b"".join(map(_json_line, events))
        last_id = events[-1].id or 0


def _points(db: Database, job_id: int, name: str) -> Iterator[tuple[int, str, float]]:
    step, last = col(MetricPoint.step), -1
    while True:
        query = select(MetricPoint.step, MetricPoint.value).where(
            MetricPoint.job_id == job_id, MetricPoint.name == name, step > last
        )
        with db.read() as session:
            rows = session.exec(query.order_by(step).limit(CHUNK)).all()
        for at, value in rows:
            yield at, name, value
        if len(rows) < CHUNK:
            return
        last = rows[-1][0]


def _csv_rows(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _json_line(event: JobEvent) -> bytes:
    line = {
        "id": event.remote_id,
        "created_at": event.at,
        "level": event.level,
        "type": event.type,
        "message": event.message,
        "step": event.step,
        "data": event.data,
    }
    return orjson.dumps(line) + b"\n"

"""What a provider said, as rows; writing a row again is harmless."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from app.jobs.models import Checkpoint, JobEvent, MetricPoint, MetricSource
from app.provider.types import CheckpointSnapshot, EventSnapshot

Row = dict[str, Any]
LARGEST_STEP = 2**31 - 1
CHUNK = 2000


def event_rows(job_id: int, events: Iterable[EventSnapshot], at: datetime) -> list[Row]:
    return [
        {
            "job_id": job_id,
            "remote_id": event.remote_id[:200],
            "at": event.created_at or at,
            "level": event.level[:16],
            "type": event.type[:64] if event.type else None,
            "message": event.message,
            "step": stored_step(event.step),
            "data": _mapping(event.raw.get("data")),
        }
        for event in events
    ]


def event_points(job_id: int, events: Iterable[EventSnapshot]) -> list[Row]:
    return [
        point
        for event in events
        for point in points_of(job_id, event.step, event.metrics, MetricSource.EVENT)
    ]


def points_of(
    job_id: int, step: int | None, metrics: Mapping[str, float], source: MetricSource
) -> Iterator[Row]:
    """One row per number; a step no column can hold says nothing."""
    known = stored_step(step)
    if known is None:
        return
    for name, value in metrics.items():
        yield {
            "job_id": job_id,
            "name": name[:200],
            "step": known,
            "value": value,
            "source": source,
        }


def checkpoint_row(job_id: int, checkpoint: CheckpointSnapshot) -> Row:
    return {
        "job_id": job_id,
        "remote_id": checkpoint.remote_id[:200],
        "step": stored_step(checkpoint.step),
        "model": checkpoint.model[:300] if checkpoint.model else None,
        "metrics": dict(checkpoint.metrics),
        "created_at": checkpoint.created_at,
    }


def stored_step(step: int | None) -> int | None:
    return step if step is not None and 0 <= step <= LARGEST_STEP else None


def keep_events(session: Session, rows: Sequence[Row]) -> None:
    _keep(session, JobEvent, rows, key=("job_id", "remote_id"), replaced=())


def keep_points(session: Session, rows: Sequence[Row]) -> None:
    """What an event says of a step replaces what was there: a resumed job goes over it again."""
    _keep(
        session,
        MetricPoint,
        rows,
        key=("job_id", "name", "step"),
        replaced=("value", "source"),
    )


def fill_points(session: Session, rows: Sequence[Row]) -> None:
    """Points that are not there yet."""
    _keep(session, MetricPoint, rows, key=("job_id", "name", "step"), replaced=())


def keep_checkpoints(session: Session, rows: Sequence[Row]) -> None:
    _keep(
        session,
        Checkpoint,
        rows,
        key=("job_id", "remote_id"),
        replaced=("step", "model", "metrics", "created_at"),
    )


def chunks(rows: Sequence[Row], size: int = CHUNK) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _keep(
    session: Session,
    model: type[SQLModel],
    rows: Sequence[Row],
    *,
    key: tuple[str, ...],
    replaced: tuple[str, ...],
) -> None:
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    if replaced:
        values = {name: insert.excluded[name] for name in replaced}
        insert = insert.on_conflict_do_update(index_elements=key, set_=values)
    else:
        insert = insert.on_conflict_do_nothing(index_elements=key)
    session.connection().execute(insert, list(rows))


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}

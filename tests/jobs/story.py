"""What a provider would have told about a job, put straight into the tables."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.core.clock import now
from app.core.db import Database
from app.jobs.merging import take_points
from app.jobs.models import Job, MetricSource
from app.jobs.rows import Row, chunks, keep_checkpoints, keep_events, keep_points


def tell_step(db: Database, job: Job, step: int, metrics: Mapping[str, float]) -> None:
    tell_steps(db, job, {step: metrics})


def tell_steps(
    db: Database,
    job: Job,
    steps: Mapping[int, Mapping[str, float]],
    *,
    events: bool = True,
    prefix: str = "step",
) -> None:
    """Points and, unless they came otherwise, the events they came with."""
    points = [
        _point(job, step, name, value) for step in steps for name, value in steps[step].items()
    ]
    told = steps.items() if events else ()
    said = [_step_event(job, step, metrics, prefix) for step, metrics in told]
    for rows in chunks(points, 20_000):
        with db.write() as session:
            keep_points(session, rows)
    with db.write() as session:
        keep_events(session, said)
        kept = session.get_one(Job, job.id)
        take_points(kept, points)
        kept.last_step = max([*steps, kept.last_step or 0])


def tell_event(
    db: Database, job: Job, message: str, level: str = "info", at: datetime | None = None
) -> None:
    with db.write() as session:
        keep_events(session, [_event(job, f"said-{message[:150]}", message, level, at=at)])


def tell_checkpoint(db: Database, job: Job, step: int, metrics: Mapping[str, float]) -> None:
    row: Row = {
        "job_id": job.id,
        "remote_id": f"ftckpt-{step}",
        "step": step,
        "model": f"ft:tiny:ckpt-step-{step}",
        "metrics": dict(metrics),
        "created_at": now(),
    }
    with db.write() as session:
        keep_checkpoints(session, [row])


def change(db: Database, job: Job, **values: object) -> None:
    with db.write() as session:
        kept = session.get_one(Job, job.id)
        for name, value in values.items():
            setattr(kept, name, value)


def falling(steps: int, lowest: float = 0.5) -> dict[int, dict[str, float]]:
    """Training and validation loss that fall together, and accuracies that rise."""
    return {
        step: {
            "train_loss": lowest + 1 / step,
            "valid_loss": lowest + 0.01 + 1 / step,
            "train_mean_token_accuracy": 1 - 0.5 / step,
            "valid_mean_token_accuracy": 0.9 - 0.5 / step,
        }
        for step in range(1, steps + 1)
    }


def _point(job: Job, step: int, name: str, value: float) -> Row:
    source = MetricSource.EVENT
    return {"job_id": job.id, "name": name, "step": step, "value": value, "source": source}


def _step_event(job: Job, step: int, metrics: Mapping[str, float], prefix: str) -> Row:
    message = f"Step {step}: training loss={metrics.get('train_loss', 0):.2f}"
    return _event(job, f"{prefix}-{step}", message, step=step, data=dict(metrics))


def _event(
    job: Job,
    remote_id: str,
    message: str,
    level: str = "info",
    *,
    step: int | None = None,
    data: Mapping[str, float] | None = None,
    at: datetime | None = None,
) -> Row:
    return {
        "job_id": job.id,
        "remote_id": remote_id,
        "at": at or job.created_at + timedelta(seconds=step or 0),
        "level": level,
        "type": "metrics" if data else "message",
        "message": message,
        "step": step,
        "data": dict(data or {}),
    }

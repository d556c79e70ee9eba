"""What a job says while it lives."""

import json
import math
import sqlite3
import time
from collections.abc import Mapping

from app.engine.ids import new_id

LOSSES = {
    "train_loss": "training loss",
    "valid_loss": "validation loss",
    "full_valid_loss": "full validation loss",
}


def add_event(
    connection: sqlite3.Connection, job_id: str, message: str, *, level: str = "info"
) -> None:
    _insert(connection, job_id, message, level, "message", {}, None)


def add_metrics_event(
    connection: sqlite3.Connection,
    job_id: str,
    step: int,
    step_count: int,
    metrics: Mapping[str, float],
) -> None:
    rounded = {name: round(value, 6) for name, value in metrics.items() if math.isfinite(value)}
    losses = ", ".join(
        f"{label}={metrics[name]:.2f}" for name, label in LOSSES.items() if name in metrics
    )
    message = f"Step {step}/{step_count}: {losses}"
    data = {"step": step, "total_steps": step_count, **rounded}
    _insert(connection, job_id, message, "info", "metrics", data, step)


def last_step(connection: sqlite3.Connection, job_id: str) -> int:
    query = "SELECT coalesce(max(step), 0) FROM events WHERE job_id = ?"
    return int(connection.execute(query, (job_id,)).fetchone()[0])


def step_metrics(connection: sqlite3.Connection, job_id: str) -> list[dict[str, float]]:
    """The data of every metrics event, by step."""
    query = "SELECT data FROM events WHERE job_id = ? AND type = 'metrics' ORDER BY step"
    return [json.loads(row["data"]) for row in connection.execute(query, (job_id,))]


def _insert(
    connection: sqlite3.Connection,
    job_id: str,
    message: str,
    level: str,
    kind: str,
    data: Mapping[str, float],
    step: int | None,
) -> None:
    connection.execute(
        "INSERT INTO events (id, job_id, created_at, level, message, type, data, step)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_id("ftevent-"), job_id, int(time.time()), level, message, kind,
            json.dumps(data), step,
        ),
    )  # fmt: skip

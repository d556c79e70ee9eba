"""A limit on billable tokens: the job that would pass it fails soon after its creation, as
OpenAI's do, with its hyperparameters resolved and no time of an end."""

import json
import sqlite3

from app.engine.events import add_event

MESSAGE = (
    "Creating this fine-tuning job would exceed your hard limit, "
    "please check your plan and billing details"
)
USED = """
SELECT coalesce(sum(file_tokens * json_extract(
    method, '$.' || json_extract(method, '$.type') || '.hyperparameters.n_epochs'
)), 0) FROM jobs WHERE status IN ('queued', 'running', 'paused', 'succeeded')
"""


def is_exceeded(connection: sqlite3.Connection, quota: int | None) -> bool:
    """By what finished jobs have used and unfinished ones will use."""
    return quota is not None and connection.execute(USED).fetchone()[0] > quota


def refuse(connection: sqlite3.Connection, job_id: str) -> None:
    error = json.dumps({"code": "exceeded_quota", "message": MESSAGE, "param": None})
    connection.execute("UPDATE jobs SET status = 'failed', error = ? WHERE id = ?", (error, job_id))
    add_event(connection, job_id, MESSAGE, level="error")

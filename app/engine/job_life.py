"""How a job changes state; every change is one transaction with its event."""

import json
import sqlite3
import time

from app.engine.events import add_event
from app.engine.refusals import ApiError, bad_request
from app.engine.store import Store

TERMINAL = ("succeeded", "failed", "cancelled")


def get_job(store: Store, job_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = (
        store.read().execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    )
    if row is None:
        message = f"Could not find fine tune: {job_id}"
        raise ApiError(404, message, param="fine_tuning_job_id", code="fine_tune_not_found")
    return row


def cancel_job(store: Store, job_id: str) -> sqlite3.Row:
    job = get_job(store, job_id)
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'cancelled', finished_at = ?, estimated_finish = NULL"
            " WHERE id = ? AND status NOT IN ('succeeded', 'failed', 'cancelled')",
            (int(time.time()), job_id),
        ).rowcount
        if changed:
            add_event(connection, job_id, "Fine-tuning job cancelled")
    return _changed(store, job, changed, "cancelled")


def pause_job(store: Store, job_id: str) -> sqlite3.Row:
    job = get_job(store, job_id)
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'paused', estimated_finish = NULL"
            " WHERE id = ? AND status IN ('queued', 'running')",
            (job_id,),
        ).rowcount
        if changed:
            add_event(connection, job_id, "Fine-tuning job paused")
    return _changed(store, job, changed, "paused")


def resume_job(store: Store, job_id: str) -> sqlite3.Row:
    job = get_job(store, job_id)
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'queued' WHERE id = ? AND status = 'paused'", (job_id,)
        ).rowcount
        if changed:
            add_event(connection, job_id, "Fine-tuning job resumed")
    return _changed(store, job, changed, "resumed")


def fail_job(store: Store, job_id: str, code: str, message: str, param: str | None = None) -> None:
    error = json.dumps({"code": code, "message": message, "param": param})
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'failed', error = ?, finished_at = ?,"
            " estimated_finish = NULL WHERE id = ?"
            " AND status NOT IN ('succeeded', 'failed', 'cancelled')",
            (error, int(time.time()), job_id),
        ).rowcount
        if changed:
            add_event(connection, job_id, message, level="error")


def _changed(store: Store, before: sqlite3.Row, changed: int, verb: str) -> sqlite3.Row:
    job = get_job(store, before["id"])
    if changed:
        return job
    if job["status"] in TERMINAL:
        raise bad_request(f"Job has already completed: {job['id']}")
    raise bad_request(f"Job {job['id']} cannot be {verb} while it is {job['status']}.")

"""How a job comes to be and changes state; every change is one transaction with its event."""

import json
import secrets
import sqlite3
import time
from typing import Any

from app.engine.events import add_event
from app.engine.file_store import find_file
from app.engine.ids import new_id
from app.engine.model_store import BASE_MODELS, find_model
from app.engine.refusals import ApiError, bad_request
from app.engine.requests import (
    CreateJob,
    Hyperparameters,
    PreferenceMethod,
    SupervisedMethod,
)
from app.engine.store import Store

TERMINAL = ("succeeded", "failed", "cancelled")
MAX_SEED = 2**31 - 1


def create_job(store: Store, data: CreateJob) -> sqlite3.Row:
    _check_model(store, data.model)
    _check_file(store, data.training_file, "training_file")
    if data.validation_file is not None:
        _check_file(store, data.validation_file, "validation_file")
    _check_integrations(data)
    method = _wire_method(data)
    job_id = new_id("ftjob-")
    seed = secrets.randbelow(MAX_SEED) if data.seed is None else data.seed
    with store.write() as connection:
        connection.execute(
            "INSERT INTO jobs (id, created_at, status, model, training_file, validation_file,"
            " suffix, seed, method, metadata, integrations)"
            " VALUES (?, ?, 'validating_files', ?, ?, ?, ?, ?, ?, ?, '[]')",
            (
                job_id, int(time.time()), data.model, data.training_file, data.validation_file,
                data.suffix, seed, json.dumps(method),
                json.dumps(data.metadata) if data.metadata else None,
            ),
        )  # fmt: skip
        add_event(connection, job_id, f"Created fine-tuning job: {job_id}")
        add_event(connection, job_id, _validating_message(data))
    return get_job(store, job_id)


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
            f" WHERE id = ? AND status NOT IN {TERMINAL}",
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
            f" estimated_finish = NULL WHERE id = ? AND status NOT IN {TERMINAL}",
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


def _check_model(store: Store, model: str) -> None:
    if model not in BASE_MODELS and find_model(store, model) is None:
        message = f"Model {model} is not available for fine-tuning or does not exist."
        raise bad_request(message, param="model", code="model_not_available")


def _check_file(store: Store, file_id: str, param: str) -> None:
    row = find_file(store, file_id)
    if row is None:
        raise bad_request(f"invalid {param}: {file_id}", param=param)
    if row["purpose"] != "fine-tune":
        message = f"invalid {param}: {file_id} has purpose {row['purpose']}, not fine-tune"
        raise bad_request(message, param=param)


def _check_integrations(data: CreateJob) -> None:
    if data.integrations:
        message = "No integration is set up on this server; leave 'integrations' out."
        raise bad_request(message, param="integrations", code="invalid_value")


def _wire_method(data: CreateJob) -> dict[str, Any]:
    """The method as it is answered, `auto` spelled out; the old top-level form is supervised."""
    if data.method is None:
        return _method("supervised", data.hyperparameters or Hyperparameters())
    match data.method.type:
        case "supervised":
            chosen = data.method.supervised or SupervisedMethod()
            return _method("supervised", chosen.hyperparameters)
        case "dpo":
            return _method("dpo", (data.method.dpo or PreferenceMethod()).hyperparameters)
    message = f"The model {data.model} does not support the reinforcement method."
    raise bad_request(message, param="method", code="invalid_method")


def _method(kind: str, chosen: Hyperparameters) -> dict[str, Any]:
    values = {
        name: "auto" if value is None else value for name, value in chosen.model_dump().items()
    }
    return {"type": kind, kind: {"hyperparameters": values}}


def _validating_message(data: CreateJob) -> str:
    message = f"Validating training file: {data.training_file}"
    return message + (
        f" and validation file: {data.validation_file}" if data.validation_file else ""
    )

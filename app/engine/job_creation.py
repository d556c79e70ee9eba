"""How a job comes to be."""

import json
import secrets
import sqlite3
import time
from typing import Any

from app.engine.events import add_event
from app.engine.file_store import find_file
from app.engine.ids import new_id
from app.engine.job_life import get_job
from app.engine.model_store import BASE_MODELS, base_name, find_model
from app.engine.refusals import bad_request
from app.engine.requests import CreateJob, Hyperparameters, PreferenceMethod, SupervisedMethod
from app.engine.store import Store, link_or_copy
from app.engine.trainers.registry import get_bases
from app.engine.work_folder import WorkFolder

MAX_SEED = 2**31 - 1


def create_job(store: Store, data: CreateJob) -> sqlite3.Row:
    _check_model(store, data.model)
    _check_file(store, data.training_file, "training_file")
    if data.validation_file is not None:
        _check_file(store, data.validation_file, "validation_file")
    _check_integrations(data)
    method = _wire_method(data)
    _check_method(data.model, method["type"])
    job_id = new_id("ftjob-")
    seed = secrets.randbelow(MAX_SEED) if data.seed is None else data.seed
    _link_files(store, job_id, data)
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


def _link_files(store: Store, job_id: str, data: CreateJob) -> None:
    """The job keeps what it needs even when that is deleted meanwhile."""
    folder = WorkFolder(store.job_folder(job_id))
    link_or_copy(store.file_path(data.training_file), folder.training_file)
    if data.validation_file is not None:
        link_or_copy(store.file_path(data.validation_file), folder.validation_file)
    model = find_model(store, data.model)
    if model is not None:
        link_or_copy(store.model_path(model["weights"]), folder.first_weights)


def _check_model(store: Store, model: str) -> None:
    is_known = model in BASE_MODELS or find_model(store, model) is not None
    if not is_known or base_name(model) not in BASE_MODELS:
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
    return {"type": data.method.type}


def _check_method(model: str, method: str) -> None:
    if method not in get_bases()[base_name(model)].methods:
        message = f"The model {model} does not support the {method} method."
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

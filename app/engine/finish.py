"""The end of a job that went well: checkpoints, model, result file, and its last events."""

import base64
import csv
import io
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.engine.events import add_event, step_metrics
from app.engine.file_store import NewFile, delete_file, insert_file
from app.engine.ids import checkpoint_name, model_name, new_id
from app.engine.model_store import base_name
from app.engine.store import Store, link_or_copy
from app.engine.work_folder import WorkFolder

RESULT_NAME = "step_metrics.csv"
COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}


@dataclass(frozen=True, slots=True)
class KeptModel:
    name: str
    step: int
    weights: str
    metrics: Mapping[str, float]


def finish_job(store: Store, job: sqlite3.Row, folder: WorkFolder) -> None:
    """Files first, then everything else in one transaction; doing it again is harmless."""
    metrics = step_metrics(store.read(), job["id"])
    kept = _keep_models(store, job, folder.checkpoints(), metrics)
    result_id = new_id("file-", 22)
    content = result_content(metrics)
    store.file_path(result_id).write_bytes(content)
    insert_file(store, NewFile(result_id, RESULT_NAME, "fine-tune-results", len(content)))
    if not _tell_success(store, job, kept, result_id):
        delete_file(store, result_id)


def result_content(metrics: Iterable[Mapping[str, float]]) -> bytes:
    """The metrics of every step as CSV, base64 as OpenAI sends it."""
    rows = list(metrics)
    columns = COLUMNS | _further_columns(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in columns.values()])
    return base64.b64encode(text.getvalue().encode())


def _further_columns(rows: Iterable[Mapping[str, float]]) -> dict[str, str]:
    """Whatever else was measured at single steps, as the rewards of preferences."""
    named = {key: key for row in rows for key in row if not key.startswith("full_valid_")}
    return {key: key for key in named if key not in {*COLUMNS.values(), "total_steps"}}


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.5f}"


def _keep_models(
    store: Store,
    job: sqlite3.Row,
    saved: list[tuple[int, Path]],
    metrics: list[dict[str, float]],
) -> list[KeptModel]:
    by_step = {int(row["step"]): row for row in metrics}
    kept = []
    for step, path in saved:
        weights = f"{job['id']}-{step}.weights"
        link_or_copy(path, store.model_path(weights))
        is_last = step == saved[-1][0]
        name = (
            model_name(job["model"], job["suffix"])
            if is_last
            else checkpoint_name(job["model"], job["suffix"], step)
        )
        kept.append(KeptModel(name, step, weights, _checkpoint_metrics(by_step[step])))
    return kept


def _checkpoint_metrics(row: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "total_steps"}


def _tell_success(store: Store, job: sqlite3.Row, kept: list[KeptModel], result_id: str) -> bool:
    method = json.loads(job["method"])
    n_epochs = method[method["type"]]["hyperparameters"]["n_epochs"]
    final = kept[-1].name
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'succeeded', finished_at = ?, estimated_finish = NULL,"
            " fine_tuned_model = ?, result_file = ?, trained_tokens = ?"
            " WHERE id = ? AND status = 'running'",
            (int(time.time()), final, result_id, n_epochs * job["file_tokens"], job["id"]),
        ).rowcount
        if changed:
            base = base_name(job["model"])
            for model in kept:
                _insert_model(connection, job["id"], base, model)
            _add_last_events(connection, job["id"], kept)
    return bool(changed)


def _add_last_events(connection: sqlite3.Connection, job_id: str, kept: list[KeptModel]) -> None:
    for model in kept[:-1]:
        message = f"Checkpoint created at step {model.step} with Snapshot ID: {model.name}"
        add_event(connection, job_id, message)
    add_event(connection, job_id, f"New fine-tuned model created: {kept[-1].name}")
    add_event(connection, job_id, "The job has successfully completed")


def _insert_model(connection: sqlite3.Connection, job_id: str, base: str, model: KeptModel) -> None:
    moment = int(time.time())
    connection.execute(
        "INSERT INTO checkpoints (id, job_id, created_at, step, model, metrics)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (new_id("ftckpt_"), job_id, moment, model.step, model.name, json.dumps(model.metrics)),
    )
    connection.execute(
        "INSERT INTO models (id, created_at, base, job_id, weights) VALUES (?, ?, ?, ?, ?)",
        (model.name, moment, base, job_id, model.weights),
    )

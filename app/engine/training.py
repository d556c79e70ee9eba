"""A worker process: takes jobs from their files to their models.

    python -m app.engine.training ROOT OPTIONS

It reads job ids from standard input, one a line, and answers each with a newline when it is done
with it. It ends when its input closes, that is when the engine ends, however it ends, and when it
has waited long. Killed at any moment it leaves a store from which the next worker goes on.
"""

import json
import os
import queue
import sqlite3
import sys
import threading
from contextlib import suppress
from pathlib import Path

from app.datasets.tokens import get_encoding
from app.engine import quota
from app.engine.events import add_event, last_step
from app.engine.hyperparameters import resolve
from app.engine.job_life import fail_job, get_job
from app.engine.learning import JobLeft, learn
from app.engine.model_cache import ENCODING
from app.engine.model_store import base_name
from app.engine.store import Store, is_disk_full
from app.engine.trainers.registry import TrainerMissing
from app.engine.validation import FileToCheck, InvalidFile, check_file
from app.engine.work_folder import WorkFolder
from app.engine.worker_options import WorkerOptions

IDLE_SECONDS = 60.0


def main(arguments: list[str]) -> None:
    store, options = Store(Path(arguments[0])), WorkerOptions.from_argument(arguments[1])
    given: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read_jobs, args=(given,), daemon=True).start()
    with suppress(queue.Empty):
        while True:
            do_job(store, given.get(timeout=IDLE_SECONDS), options)
            os.write(sys.stdout.fileno(), b"\n")


def do_job(store: Store, job_id: str, options: WorkerOptions) -> None:
    """Whatever is next for this job; what cannot be done fails it."""
    try:
        work_on(store, job_id, options)
    except JobLeft:
        return
    except TrainerMissing as error:
        fail_job(store, job_id, "server_error", str(error), "model")
    except InvalidFile as error:
        fail_job(store, job_id, error.code, error.message, error.param)
    except (OSError, sqlite3.OperationalError) as error:
        if not is_disk_full(error):
            raise
        store.release_reserve()
        message = "The job failed because the engine's disk is full."
        fail_job(store, job_id, "insufficient_storage", message)


def work_on(store: Store, job_id: str, options: WorkerOptions) -> None:
    if get_job(store, job_id)["status"] == "validating_files":
        validate(store, job_id, options.token_quota)
    if take_slot(store, job_id, options.slots):
        learn(store, job_id, options.step_seconds)


def validate(store: Store, job_id: str, token_quota: int | None) -> None:
    job = get_job(store, job_id)
    encoding = get_encoding(ENCODING)
    files = [_to_check(store, job, kind) for kind in ("training", "validation")]
    checked = [check_file(file, encoding) for file in files if file is not None]
    method = resolve(json.loads(job["method"]), checked[0].example_count)
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'queued', method = ?, example_count = ?, file_tokens = ?"
            " WHERE id = ? AND status = 'validating_files'",
            (json.dumps(method), checked[0].example_count, checked[0].tokens, job_id),
        ).rowcount
        if not changed:
            raise JobLeft
        if quota.is_exceeded(connection, token_quota):
            quota.refuse(connection, job_id)
            return
        add_event(connection, job_id, "Files validated, moving job to queued state")


def _to_check(store: Store, job: sqlite3.Row, kind: str) -> FileToCheck | None:
    file_id = job[f"{kind}_file"]
    if file_id is None:
        return None
    method = json.loads(job["method"])["type"]
    folder = WorkFolder(store.job_folder(job["id"]))
    path = folder.training_file if kind == "training" else folder.validation_file
    return FileToCheck(file_id, path, kind, method, base_name(job["model"]))


def take_slot(store: Store, job_id: str, slots: int) -> bool:
    """Oldest first, at most `slots` at a time; a job that was interrupted still holds its own."""
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE jobs SET status = 'running' WHERE id = ? AND status = 'queued'"
            " AND (SELECT count(*) FROM jobs WHERE status = 'running') < ?"
            " AND NOT EXISTS (SELECT 1 FROM jobs AS older"
            "   WHERE older.status = 'queued' AND older.seq < jobs.seq)",
            (job_id, slots),
        ).rowcount
        if changed and last_step(connection, job_id) == 0:
            add_event(connection, job_id, "Fine-tuning job started")
    return bool(get_job(store, job_id)["status"] == "running")


def _read_jobs(given: queue.Queue[str]) -> None:
    """Reads the bare descriptor: a thread inside sys.stdin would spoil the interpreter's end."""
    text = ""
    while more := os.read(sys.stdin.fileno(), 1024):
        *jobs, text = (text + more.decode()).split("\n")
        for job_id in jobs:
            given.put(job_id)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])

"""A job's learning: drives the trainer, tells what it measures, keeps what it has learnt."""

import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack

from app.datasets.tokens import get_encoding
from app.engine.events import add_metrics_event, last_step
from app.engine.example_file import ExampleFile
from app.engine.finish import finish_job
from app.engine.hyperparameters import plan_of
from app.engine.job_life import get_job
from app.engine.model_cache import ENCODING
from app.engine.rows import Example
from app.engine.store import Store
from app.engine.trainers.base import Metrics, Plan, Trainer
from app.engine.trainers.ngram.trainer import NgramTrainer
from app.engine.work_folder import WorkFolder

FLUSH_SECONDS = 0.1
SAVE_SECONDS = 2.0


class JobLeft(Exception):
    """The job was cancelled or paused: nothing more to do."""


def learn(store: Store, job_id: str, step_seconds: float) -> None:
    job = get_job(store, job_id)
    folder = WorkFolder(store.job_folder(job_id))
    trainer: Trainer = NgramTrainer(get_encoding(ENCODING))
    with ExitStack() as files:
        training = files.enter_context(ExampleFile(folder.training_file))
        validation: Sequence[Example] = ()
        if job["validation_file"]:
            validation = files.enter_context(ExampleFile(folder.validation_file))
        trainer.prepare(training, validation)
        _learn_steps(store, job, trainer, folder, step_seconds)
    finish_job(store, get_job(store, job_id), folder)


def _learn_steps(
    store: Store, job: sqlite3.Row, trainer: Trainer, folder: WorkFolder, step_seconds: float
) -> None:
    plan = plan_of(json.loads(job["method"]), job["seed"], job["example_count"])
    done = _load_start(trainer, folder)
    reporter = Reporter(store, job["id"], plan)
    try:
        for step, metrics in enumerate(trainer.train(plan, done), done + 1):
            done = step
            reporter.report(step, metrics)
            if plan.ends_epoch(step):
                reporter.flush()
                trainer.save(folder.checkpoint(step))
            elif folder.seconds_since_save() > SAVE_SECONDS:
                reporter.flush()
                trainer.save(folder.state(step))
            time.sleep(step_seconds)
        reporter.flush()
    except JobLeft:
        trainer.save(folder.state(done))
        raise


def _load_start(trainer: Trainer, folder: WorkFolder) -> int:
    """Steps already done: those of the last state saved, else none on top of the job's model."""
    saved = folder.last_state()
    if saved is not None:
        step, path = saved
        trainer.load(path)
        return step
    if folder.first_weights.exists():
        trainer.load(folder.first_weights)
    return 0


class Reporter:
    """Writes metrics events in small batches; raises JobLeft once the job is not running.

    What is saved is never ahead of what was told. So after a kill the steps between the last
    state saved and the last event written are learnt again with the same numbers, not told again.
    """

    def __init__(self, store: Store, job_id: str, plan: Plan) -> None:
        self._store = store
        self._job_id = job_id
        self._plan = plan
        self._told = last_step(store.read(), job_id)
        self._waiting: list[tuple[int, Metrics]] = []
        self._began_at = time.monotonic()
        self._began_step: int | None = None
        self._flushed_at = 0.0

    def report(self, step: int, metrics: Metrics) -> None:
        self._began_step = self._began_step or step
        if step > self._told:
            self._waiting.append((step, metrics))
        if time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self._write(self._estimated_finish(step))

    def flush(self) -> None:
        self._write(None)

    def _write(self, estimated_finish: int | None) -> None:
        with self._store.write() as connection:
            status = connection.execute(
                "UPDATE jobs SET estimated_finish = iif(status = 'running', ?, NULL)"
                " WHERE id = ? RETURNING status",
                (estimated_finish, self._job_id),
            ).fetchone()[0]
            if status in ("running", "paused"):
                for step, metrics in self._waiting:
                    add_metrics_event(
                        connection, self._job_id, step, self._plan.step_count, metrics
                    )
        self._waiting.clear()
        self._flushed_at = time.monotonic()
        if status != "running":
            raise JobLeft

    def _estimated_finish(self, step: int) -> int:
        done = step - (self._began_step or step) + 1
        seconds_a_step = (time.monotonic() - self._began_at) / done
        return int(time.time() + (self._plan.step_count - step) * seconds_a_step) + 1

"""A job's learning: drives the trainer, tells what it measures, keeps what it has learnt."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack

from app.engine.events import add_metrics_event, last_step
from app.engine.example_file import ExampleFile
from app.engine.examples import Example
from app.engine.finish import finish_job
from app.engine.hyperparameters import plan_of
from app.engine.job_life import get_job
from app.engine.model_store import base_name
from app.engine.store import Store
from app.engine.trainers.base import Metrics, Plan, Trainer
from app.engine.trainers.registry import get_plugin
from app.engine.work_folder import WorkFolder

FLUSH_SECONDS = 0.1
SAVE_SECONDS = 2.0


class JobLeft(Exception):
    """The job was cancelled or paused: nothing more to do."""


def learn(store: Store, job_id: str, step_seconds: float) -> None:
    job = get_job(store, job_id)
    folder = WorkFolder(store.job_folder(job_id))
    trainer = get_plugin(base_name(job["model"])).new_trainer(base_name(job["model"]))
    plan = plan_of(json.loads(job["method"]), job["seed"], job["example_count"])
    start = folder.first_weights if folder.first_weights.exists() else None
    with ExitStack() as files:
        training = files.enter_context(ExampleFile(folder.training_file))
        validation: Sequence[Example] = ()
        if job["validation_file"]:
            validation = files.enter_context(ExampleFile(folder.validation_file))
        trainer.prepare(plan, training, validation, start)
        _learn_steps(trainer, plan, folder, Reporter(store, job_id, plan), step_seconds)
    finish_job(store, get_job(store, job_id), folder)


def _learn_steps(
    trainer: Trainer, plan: Plan, folder: WorkFolder, reporter: "Reporter", step_seconds: float
) -> None:
    done = _load_state(trainer, folder)
    try:
        for step, metrics in enumerate(trainer.train(done), done + 1):
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


def _load_state(trainer: Trainer, folder: WorkFolder) -> int:
    """Steps already done: those of the last state saved."""
    saved = folder.last_state()
    if saved is None:
        return 0
    step, path = saved
    trainer.load(path)
    return step


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
            if status in ("running", "paused", "queued"):  # paused and resumed already
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

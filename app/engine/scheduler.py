"""Gives every job that is due to a worker process and looks after both."""

import threading
import time

from app.core.logs import log
from app.engine.housekeeping import sweep
from app.engine.job_life import fail_job
from app.engine.store import Store
from app.engine.work_folder import WorkFolder
from app.engine.worker_options import WorkerOptions
from app.engine.workers import Worker

TICK_SECONDS = 0.1
IDLE_TICK_SECONDS = 1.0
GRACE_SECONDS = 3.0
SWEEP_SECONDS = 60.0
MAX_CRASHES = 3
MAX_VALIDATING = 2


class Scheduler:
    def __init__(self, store: Store, options: WorkerOptions) -> None:
        self._store = store
        self._options = options
        self._workers: list[Worker] = []
        self._crashes: dict[str, int] = {}
        self._unwanted_since: dict[str, float] = {}
        self._folders: set[str] = set()
        self._swept_at = float("-inf")
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_going, daemon=True)

    def start(self) -> None:
        """What a killed engine left unfinished goes on or is cleared away."""
        self._folders = {path.name for path in (self._store.root / "jobs").iterdir()}
        for path in (self._store.root / "incoming").iterdir():
            path.unlink()
        self._thread.start()

    def stop(self) -> None:
        """Workers end at once; their jobs go on where they were when the engine starts again."""
        self._stopping = True
        self.wake()
        self._thread.join()
        for worker in self._workers:
            worker.kill()
            worker.close()

    def wake(self) -> None:
        self._wake.set()

    def _keep_going(self) -> None:
        while not self._stopping:
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - one bad moment must not end all jobs
                log.error("engine scheduler failed", exc_info=error)
            self._wake.wait(TICK_SECONDS if self._workers else IDLE_TICK_SECONDS)
            self._wake.clear()

    def _tick(self) -> None:
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            sweep(self._store)
        for worker in self._workers:
            worker.take_finished()
        states = self._job_states()
        self._bury_workers(states)
        busy = {worker.job_id: worker for worker in self._workers if worker.job_id}
        self._end_unwanted(states, busy)
        self._sweep(states, busy)
        for job_id in self._due(states, busy):
            self._idle_worker().give(job_id)

    def _job_states(self) -> dict[str, str]:
        """Jobs that are not over, oldest first."""
        query = (
            "SELECT id, status FROM jobs"
            " WHERE status IN ('validating_files', 'queued', 'running', 'paused') ORDER BY seq"
        )
        return {row["id"]: row["status"] for row in self._store.read().execute(query)}

    def _bury_workers(self, states: dict[str, str]) -> None:
        for worker in self._workers:
            if worker.has_ended():
                worker.close()
                if worker.has_crashed() and worker.job_id in states:
                    self._count_crash(worker.job_id)
        self._workers = [worker for worker in self._workers if not worker.has_ended()]

    def _count_crash(self, job_id: str) -> None:
        crashes = self._crashes[job_id] = self._crashes.get(job_id, 0) + 1
        log.error("engine worker ended unexpectedly", job=job_id, crashes=crashes)
        if crashes >= MAX_CRASHES:
            message = "The job failed due to an internal error."
            fail_job(self._store, job_id, "server_error", message)

    def _due(self, states: dict[str, str], busy: dict[str, Worker]) -> list[str]:
        idle = [(job, status) for job, status in states.items() if job not in busy]
        validating = sum(states.get(job) == "validating_files" for job in busy)
        running = sum(status == "running" for status in states.values())
        checks = [job for job, status in idle if status == "validating_files"]
        queued = [job for job, status in idle if status == "queued"]
        interrupted = [job for job, status in idle if status == "running"]
        return (
            interrupted[: self._options.slots]
            + checks[: max(0, MAX_VALIDATING - validating)]
            + queued[: max(0, self._options.slots - running)]
        )

    def _idle_worker(self) -> Worker:
        for worker in self._workers:
            if worker.job_id is None:
                return worker
        worker = Worker(self._store.root, self._options)
        self._workers.append(worker)
        return worker

    def _sweep(self, states: dict[str, str], busy: dict[str, Worker]) -> None:
        """Work folders go with their jobs."""
        over = self._folders - states.keys() - busy.keys()
        for job_id in over:
            WorkFolder(self._store.job_folder(job_id)).remove()
        self._folders = (self._folders | states.keys()) - over

    def _end_unwanted(self, states: dict[str, str], busy: dict[str, Worker]) -> None:
        """A job that is over is left at once, a paused one after what was learnt is saved;
        a worker that does not get there, in the middle of a large file say, is ended."""
        for job_id, worker in busy.items():
            if states.get(job_id) not in (None, "paused"):
                self._unwanted_since.pop(job_id, None)
                continue
            since = self._unwanted_since.setdefault(job_id, time.monotonic())
            if time.monotonic() - since >= GRACE_SECONDS:
                worker.kill()

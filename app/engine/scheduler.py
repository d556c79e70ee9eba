"""Starts a worker process for every job that is due and looks after it."""

import subprocess
import sys
import threading
import time

from app.core.config import PACKAGE_DIR
from app.core.logs import log
from app.engine.job_life import fail_job
from app.engine.store import Store
from app.engine.work_folder import WorkFolder

TICK_SECONDS = 0.2
PAUSE_GRACE_SECONDS = 5.0
MAX_CRASHES = 3
MAX_VALIDATING = 2
# NumPy's threads wait for each other on small matrices: 5 times slower beside other work.
ONE_CORE = ("/usr/bin/env", "OPENBLAS_NUM_THREADS=1")
Worker = subprocess.Popen[bytes]


class Scheduler:
    def __init__(self, store: Store, *, slots: int = 1, step_seconds: float = 0.0) -> None:
        self._store = store
        self._slots = slots
        self._step_seconds = step_seconds
        self._workers: dict[str, Worker] = {}
        self._crashes: dict[str, int] = {}
        self._unwanted_since: dict[str, float] = {}
        self._folders: set[str] = set()
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
        for worker in self._workers.values():
            worker.kill()
            worker.communicate()

    def wake(self) -> None:
        self._wake.set()

    def _keep_going(self) -> None:
        while not self._stopping:
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - one bad moment must not end all jobs
                log.error("engine scheduler failed", exc_info=error)
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _tick(self) -> None:
        states = self._job_states()
        self._reap(states)
        self._end_unwanted(states)
        self._sweep(states)
        for job_id in self._due(states):
            self._workers[job_id] = self._start(job_id)

    def _job_states(self) -> dict[str, str]:
        """Jobs that are not over, oldest first."""
        query = (
            "SELECT id, status FROM jobs"
            " WHERE status NOT IN ('succeeded', 'failed', 'cancelled') ORDER BY seq"
        )
        return {row["id"]: row["status"] for row in self._store.read().execute(query)}

    def _due(self, states: dict[str, str]) -> list[str]:
        idle = [(job, status) for job, status in states.items() if job not in self._workers]
        validating = sum(states.get(job) == "validating_files" for job in self._workers)
        running = sum(status == "running" for status in states.values())
        checks = [job for job, status in idle if status == "validating_files"]
        queued = [job for job, status in idle if status == "queued"]
        interrupted = [job for job, status in idle if status == "running"]
        return (
            interrupted[: self._slots]
            + checks[: max(0, MAX_VALIDATING - validating)]
            + queued[: max(0, self._slots - running)]
        )

    def _start(self, job_id: str) -> Worker:
        arguments = (str(self._store.root), job_id, str(self._slots), str(self._step_seconds))
        return subprocess.Popen(
            [sys.executable, "-m", "app.engine.training", *arguments],
            stdin=subprocess.PIPE,
            cwd=PACKAGE_DIR.parent,
        )

    def _reap(self, states: dict[str, str]) -> None:
        for job_id, worker in list(self._workers.items()):
            if worker.poll() is None:
                continue
            del self._workers[job_id]
            worker.communicate()
            self._unwanted_since.pop(job_id, None)
            if job_id in states and worker.returncode != 0:
                self._count_crash(job_id)

    def _count_crash(self, job_id: str) -> None:
        crashes = self._crashes[job_id] = self._crashes.get(job_id, 0) + 1
        log.error("engine worker ended unexpectedly", job=job_id, crashes=crashes)
        if crashes >= MAX_CRASHES:
            message = "The job failed due to an internal error."
            fail_job(self._store, job_id, "server_error", message)

    def _sweep(self, states: dict[str, str]) -> None:
        """Work folders go with their jobs."""
        over = self._folders - states.keys() - self._workers.keys()
        for job_id in over:
            WorkFolder(self._store.job_folder(job_id)).remove()
        self._folders = (self._folders | states.keys()) - over

    def _end_unwanted(self, states: dict[str, str]) -> None:
        """A cancelled job's worker ends now; a paused one's may first save what it has learnt."""
        for job_id, worker in self._workers.items():
            if states.get(job_id) not in (None, "paused"):
                self._unwanted_since.pop(job_id, None)
                continue
            since = self._unwanted_since.setdefault(job_id, time.monotonic())
            grace = PAUSE_GRACE_SECONDS if job_id in states else 0.0
            if time.monotonic() - since >= grace:
                worker.kill()

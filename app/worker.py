"""Background work: asks each feature for due work, again and again."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from app.connections import reading
from app.core.context import Context, Task, new_owner
from app.core.logs import log
from app.datasets import checking
from app.datasets.deep import checking as looking
from app.datasets.overlap import background as overlap
from app.datasets.uploads import finishing
from app.imports import converting, recognising
from app.jobs import creating, syncing
from app.provider.transport import hang_up_all
from app.recipes import preparing

IDLE_SECONDS = 0.5
PROVIDER_SECONDS = 2.0
REMOTE_THREADS = 8

TASKS: list[Task] = [
    *reading.TASKS,
    *checking.TASKS,
    *recognising.TASKS,
    *converting.TASKS,
    *looking.TASKS,
    *overlap.TASKS,
    *preparing.TASKS,
    *finishing.TASKS,
    *creating.TASKS,
    *syncing.TASKS,
]


class Worker:
    """Threads that each claim rows under a name of their own. Two workers share the work.

    What waits for providers has threads of its own: neither a provider that hangs nor an upload
    that takes minutes holds up a check, and no check holds up the news of a job.
    """

    def __init__(
        self, context: Context, *, threads: int | None = None, tasks: Sequence[Task] = ()
    ) -> None:
        self._stop = threading.Event()
        self.context = replace(context, stop=self._stop)
        chosen = list(tasks or TASKS)
        local = [task for task in chosen if not task.is_remote]
        remote = [task for task in chosen if task.is_remote]
        self._threads = [
            *self._crew("worker", local, threads or context.settings.worker_threads),
            *self._crew("remote", remote, threads or REMOTE_THREADS),
        ]

    def _crew(self, name: str, tasks: list[Task], count: int) -> list[threading.Thread]:
        """Threads begin at different tasks, so that a long one does not hold all of them."""
        shifts = [number % len(tasks) for number in range(count)] if tasks else []
        return [
            threading.Thread(
                target=self._work,
                args=(tasks[shift:] + tasks[:shift],),
                name=f"{name}-{number}",
                daemon=True,
            )
            for number, shift in enumerate(shifts)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Waits for what is being done, but not long for providers: what they were asked is
        looked after at the next start, as after a kill."""
        self.ask_to_stop()
        ends_at = time.monotonic() + timeout
        self._join_until(min(ends_at, time.monotonic() + PROVIDER_SECONDS))
        if any(thread.is_alive() for thread in self._threads):
            hang_up_all()
        self._join_until(ends_at)

    def _join_until(self, ends_at: float) -> None:
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends_at - time.monotonic()))

    def serve_until_stopped(self) -> None:
        self.start()
        self._stop.wait()
        self.stop()

    def _work(self, tasks: list[Task]) -> None:
        context = replace(self.context, owner=new_owner())
        while not self._stop.is_set():
            busy = [do_safely(task, context) for task in tasks if not self._stop.is_set()]
            if not any(busy):
                self._stop.wait(IDLE_SECONDS)


def do_safely(task: Task, context: Context) -> bool:
    """One task's failure is noted and spoils no other."""
    try:
        return task.do_one(context)
    except Exception:  # noqa: BLE001 - the next task must not suffer
        log.exception("task_failed", task=task.name)
        return False


def do_all_due(context: Context, tasks: Sequence[Task] = ()) -> None:
    """Work until nothing is due: what tests call instead of waiting."""
    chosen = list(tasks or TASKS)
    while sum(task.do_one(context) for task in chosen):
        pass

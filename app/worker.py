"""Background work: asks each feature for due work, again and again."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from app.connections import reading
from app.core.context import Context, Task, new_owner
from app.core.logs import log
from app.datasets import checking
from app.datasets.deep import checking as looking
from app.imports import converting, recognising
from app.jobs import creating, syncing
from app.recipes import preparing

IDLE_SECONDS = 0.5

TASKS: list[Task] = [
    *reading.TASKS,
    *checking.TASKS,
    *recognising.TASKS,
    *converting.TASKS,
    *looking.TASKS,
    *preparing.TASKS,
    *creating.TASKS,
    *syncing.TASKS,
]


class Worker:
    """Threads that each claim rows under a name of their own. Two workers share the work."""

    def __init__(
        self, context: Context, *, threads: int | None = None, tasks: Sequence[Task] = ()
    ) -> None:
        self.context = context
        self.tasks = list(tasks or TASKS)
        self._stop = threading.Event()
        count = threads or context.settings.worker_threads
        self._threads = [
            threading.Thread(
                target=self._work, args=(number,), name=f"worker-{number}", daemon=True
            )
            for number in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self, timeout: float = 10.0) -> None:
        self.ask_to_stop()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def serve_until_stopped(self) -> None:
        self.start()
        self._stop.wait()
        self.stop()

    def _work(self, number: int) -> None:
        context = replace(self.context, owner=new_owner())
        # Threads begin at different tasks, so that a long one does not hold all of them.
        shift = number % max(1, len(self.tasks))
        tasks = self.tasks[shift:] + self.tasks[:shift]
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

"""Background work goes on, whatever one task does."""

import threading
import time

from app.core.context import Context, Task
from app.worker import REMOTE_THREADS, Worker, do_all_due, do_safely


def test_a_failing_task_spoils_no_other(context: Context) -> None:
    done = threading.Event()

    def fail(_context: Context) -> bool:
        raise RuntimeError("broken")

    def succeed(_context: Context) -> bool:
        done.set()
        return False

    worker = Worker(context, threads=2, tasks=[Task("fails", fail), Task("works", succeed)])
    worker.start()
    assert done.wait(5)
    worker.stop()


def test_work_is_done_until_none_is_due(context: Context) -> None:
    left = [3, 2]

    def count_down(place: int) -> Task:
        def do_one(_context: Context) -> bool:
            left[place] -= left[place] > 0
            return left[place] > 0

        return Task(f"count {place}", do_one)

    do_all_due(context, [count_down(0), count_down(1)])
    assert left == [0, 0]


def test_threads_hold_leases_under_names_of_their_own(context: Context) -> None:
    owners: set[str] = set()
    both = threading.Barrier(2, timeout=5)

    def note(context: Context) -> bool:
        owners.add(context.owner)
        both.wait()
        return False

    worker = Worker(context, threads=2, tasks=[Task("note", note)])
    worker.start()
    both_seen = threading.Event()
    both_seen.wait(0.3)
    worker.ask_to_stop()
    both.abort()
    worker.stop()
    assert len(owners) == 2


def test_a_failure_counts_as_nothing_done(context: Context) -> None:
    def fail(_context: Context) -> bool:
        raise ValueError

    assert do_safely(Task("fails", fail), context) is False


def test_what_waits_for_providers_holds_up_nothing_else(context: Context) -> None:
    hung, let_go, done = threading.Semaphore(0), threading.Event(), threading.Event()

    def hang(_context: Context) -> bool:
        hung.release()
        return let_go.wait(30)

    def check(_context: Context) -> bool:
        done.set()
        return False

    worker = Worker(context, tasks=[Task("hangs", hang, is_remote=True), Task("checks", check)])
    worker.start()
    assert all(hung.acquire(timeout=5) for _ in range(REMOTE_THREADS))
    done.clear()
    assert done.wait(5)
    began = time.monotonic()
    worker.stop(timeout=0.5)
    assert time.monotonic() - began < 3
    let_go.set()

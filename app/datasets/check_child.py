"""What runs in a process of a check, a second look or a comparison: it reads, and tells how far."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from app.datasets.checked import CheckOrder, check_here
from app.datasets.deep.looked import LookOrder, look_here
from app.datasets.overlap.compared import CompareOrder, compare_here
from app.datasets.parts import Part, PartFolder, write_parts
from app.datasets.planning import Plan
from app.datasets.validation import Progress

TELL_SECONDS = 0.2
NICENESS = 5


def main(order: str) -> None:
    """Pages go first, and Ctrl+C is the business of the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    wanted = orjson.loads(order)
    do = wanted.pop("do")
    try:
        if do == "check":
            _check(**wanted)
        elif do == "look":
            _look(**wanted)
        elif do == "compare":
            _compare(**wanted)
        else:
            _share(**wanted)
    except OSError as error:
        say({"failed": [error.errno, error.strerror or str(error)]})
    else:
        say({"end": True})


def _check(**order: Any) -> None:
    with _telling() as tell:
        checked = check_here(CheckOrder.from_dict(order), tell)
    say({"checked": checked.to_dict()})


def _look(**order: Any) -> None:
    with _telling() as tell:
        looked = look_here(LookOrder.from_dict(order), tell)
    say({"looked": looked.to_dict()})


def _compare(**order: Any) -> None:
    with _telling() as tell:
        compared = compare_here(CompareOrder.from_dict(order), tell)
    say({"compared": asdict(compared)})


@contextmanager
def _telling() -> Iterator[Progress]:
    sums = Sums()
    with Teller(sums) as teller:

        def tell(done: int, beside: int) -> bool:
            """What an earlier check has finished is told at once, before anything is added."""
            sums.replace(done, beside)
            teller.begin()
            return True

        yield tell


def _share(path: str, plan: dict[str, Any], folder: str, parts: list[list[int]]) -> None:
    sums = Sums()
    with Teller(sums, each=True) as teller:
        teller.begin()
        share = [Part(*place) for place in parts]
        write_parts(Path(path), Plan.from_dict(plan), PartFolder(Path(folder)), share, sums.add)


class Sums:
    """What is done, added up by the one thread and told by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = self._rows = 0

    def add(self, bytes_done: int, rows: int) -> None:
        with self._lock:
            self._bytes += bytes_done
            self._rows += rows

    def replace(self, bytes_done: int, rows: int) -> None:
        with self._lock:
            self._bytes, self._rows = bytes_done, rows

    def read(self, *, empty: bool = False) -> dict[str, int]:
        with self._lock:
            told = {"bytes": self._bytes, "rows": self._rows}
            if empty:
                self._bytes = self._rows = 0
        return told


class Teller(threading.Thread):
    """Tells the sums now and then, also while one line takes long, and when all is done.

    `each`: what came since it told them last.
    """

    def __init__(self, sums: Sums, *, each: bool = False) -> None:
        super().__init__(name="teller", daemon=True)
        self._sums, self._each = sums, each
        self._done = threading.Event()
        self._has_begun = False

    def begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            say(self._sums.read(empty=self._each))
            self.start()

    def __enter__(self) -> "Teller":
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._has_begun:
            self.join()

    def run(self) -> None:
        is_done = False
        while not is_done:
            is_done = self._done.wait(TELL_SECONDS)
            say(self._sums.read(empty=self._each))


def say(word: dict[str, Any]) -> None:
    """Where nobody listens any more, all of it ends."""
    try:
        sys.stdout.buffer.write(orjson.dumps(word) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(1)

"""Memory of a process and all it started, in MB: pages that several share count once."""

import re
import threading
from pathlib import Path

PROC = Path("/proc")
SECONDS_BETWEEN_LOOKS = 0.05


class Watch(threading.Thread):
    """The most that a process and its descendants had at once; 0 where there is no /proc."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0.0
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, memory_of(self.pid))

    def stop(self) -> float:
        self._stopped.set()
        self.join()
        return self.peak


def memory_of(pid: int) -> float:
    return sum(_proportional(each) for each in [pid, *_descendants(pid)])


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in PROC.glob(f"{pid}/task/*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _proportional(pid: int) -> float:
    try:
        summed = (PROC / f"{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", summed, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0

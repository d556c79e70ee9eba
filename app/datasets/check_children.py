"""Processes that check, so that no page of the server waits for it.

Each takes an order as JSON and answers in JSON lines. It ends when nobody listens any more: a
server that was killed leaves none behind for long.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from app.datasets.check_child import main; main(sys.argv[2])"
)


class CheckDied(OSError):
    """A process ended before it was done: killed, or out of memory."""


@contextmanager
def start_child(order: dict[str, Any]) -> Iterator[Iterator[Any]]:
    """What the process says, as it comes; it is ended when the block is left.

    Raises OSError where the process met one, CheckDied where it ended without a word.
    """
    command = [sys.executable, "-P", "-c", START, str(ROOT), orjson.dumps(order).decode()]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        try:
            yield _values(child)
        finally:
            child.kill()
            child.wait()  # Popen does not after an interrupt, and what it writes is swept away


def _values(child: subprocess.Popen[bytes]) -> Iterator[Any]:
    assert child.stdout is not None
    for line in child.stdout:
        if not line.endswith(b"\n"):
            break
        said = orjson.loads(line)
        if "failed" in said:
            raise OSError(*said["failed"])
        if "end" in said:
            return
        yield said
    raise CheckDied(f"a process of the check ended with {child.wait()}")

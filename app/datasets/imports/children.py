"""Readers that run in a process of their own, with bounds on memory and time.

What such a process writes are JSON lines. However it ends, the server goes on, and what the
reader's library weighs is never loaded into the server.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import Invalid
from app.datasets.imports.options import LIMITS, Limits

ROOT = Path(__file__).resolve().parents[3]
START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from app.datasets.imports.child import main; main(*sys.argv[2:])"
)


@contextmanager
def read_child(script: str, *arguments: str, limits: Limits = LIMITS) -> Iterator[Iterator[Any]]:
    """The values that the script writes, as they come; it is ended when the block is left."""
    bounds = (str(limits.child_bytes), str(limits.child_seconds))
    command = [sys.executable, "-P", "-c", START, str(ROOT), script, *bounds, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            yield _values(child, limits)
        finally:
            child.kill()


def _values(child: subprocess.Popen[bytes], limits: Limits) -> Iterator[Any]:
    assert child.stdout is not None
    longest = 4 * limits.row_bytes
    while line := child.stdout.readline(longest):
        if not line.endswith(b"\n"):
            break
        yield orjson.loads(line)
    if line or child.wait():
        raise Invalid(
            "The file is damaged, protected by a password, or needs too much memory to be opened.",
            field="file",
        )

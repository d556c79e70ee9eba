"""Worker processes as the engine sees them: given one job after another, kept warm in between."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from app.core.config import PACKAGE_DIR
from app.engine.worker_options import WorkerOptions

# NumPy's threads wait for each other on small matrices: 5 times slower beside other work.
# The server's answers come first: a worker waits for them.
START = ("/usr/bin/env", "OPENBLAS_NUM_THREADS=1", "nice", "-n", "3")


class Worker:
    """job_id is None while it waits; it ends by itself when it has waited long."""

    def __init__(self, root: Path, options: WorkerOptions) -> None:
        self.job_id: str | None = None
        self._process = subprocess.Popen(
            [
                *(*START, sys.executable, "-m", "app.engine.training"),
                *(str(root), options.to_argument()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PACKAGE_DIR.parent,
            bufsize=0,
        )
        os.set_blocking(self._stdout, False)

    def give(self, job_id: str) -> None:
        self.job_id = job_id
        with suppress(BrokenPipeError):  # it has just ended: the next look finds that out
            os.write(self._stdin, f"{job_id}\n".encode())

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def has_crashed(self) -> bool:
        return self._process.poll() not in (None, 0)

    def take_finished(self) -> None:
        """Frees the worker when it says that its job is done."""
        with suppress(BlockingIOError):
            if os.read(self._stdout, 64):
                self.job_id = None

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Waits for its end."""
        self._process.communicate()

    @property
    def _stdin(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

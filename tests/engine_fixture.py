"""The engine as a process of its own, for tests that speak to it over HTTP."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from openai import OpenAI

STARTER = """
import sys
from pathlib import Path
from app.engine.main import serve
serve(Path(sys.argv[1]), "127.0.0.1", 0, until_stdin_closes=True,
      step_seconds=float(sys.argv[2]), slots=int(sys.argv[3]))
"""
START_SECONDS = 30.0
CHECKOUT = Path(__file__).parent.parent


class EngineServer:
    """`with EngineServer(folder) as engine:` serves until the block ends."""

    process: subprocess.Popen[bytes]

    def __init__(self, data_dir: Path, *, step_seconds: float = 0.0, slots: int = 1) -> None:
        self.data_dir = data_dir
        self.step_seconds = step_seconds
        self.slots = slots
        self.url = ""
        self.key = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        (self.data_dir / "address").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=CHECKOUT
        )
        self.find()

    def find(self) -> None:
        """Waits for the engine and learns its address and key."""
        address = self.data_dir / "address"
        wait_until(address.is_file, START_SECONDS)
        self.url = address.read_text(encoding="utf-8")
        self.key = (self.data_dir / "api_key").read_text(encoding="utf-8")

    def command(self) -> list[str]:
        arguments = (str(self.data_dir), str(self.step_seconds), str(self.slots))
        return [sys.executable, "-c", STARTER, *arguments]

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        self.process.terminate()
        self._end()

    def _end(self) -> None:
        self.process.wait(15)
        if self.process.stdin is not None:
            self.process.stdin.close()

    def client(self, key: str | None = None) -> OpenAI:
        return OpenAI(base_url=self.url, api_key=key or self.key, max_retries=0, timeout=30)


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)

"""The engine as a process of its own, for tests that speak to it over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
from openai import DefaultHttpx2Client, OpenAI

from tests.engine_contract import check_answer

START_SECONDS = 30.0
CHECKOUT = Path(__file__).parent.parent


class EngineServer:
    """`with EngineServer(folder) as engine:` serves until the block ends."""

    process: subprocess.Popen[bytes]

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        step_seconds: float = 0.0,
        slots: int = 1,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.options: Sequence[str] = (
            *("--step-seconds", str(step_seconds), "--slots", str(slots)),
            *options,
        )
        self.environment = {**os.environ, **(environment or {})}
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
            self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=CHECKOUT,
            env=self.environment,
        )
        self.find()

    def find(self) -> None:
        """Waits for the engine and learns its address and key."""
        address = self.data_dir / "address"
        wait_until(address.is_file, START_SECONDS)
        self.url = address.read_text(encoding="utf-8")
        self.key = (self.data_dir / "api_key").read_text(encoding="utf-8")

    def command(self) -> list[str]:
        place = ("--data-dir", str(self.data_dir), "--port", "0", "--until-stdin-closes")
        return [sys.executable, "-m", "app.cli", "engine", *place, *self.options]

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

    def client(
        self, key: str | None = None, *, strict: bool = True, max_retries: int = 0
    ) -> OpenAI:
        """The official client; strict refuses answers that are not of the SDK's own types."""
        return OpenAI(
            base_url=self.url,
            api_key=key or self.key,
            max_retries=max_retries,
            timeout=30,
            http_client=DefaultHttpx2Client(event_hooks={"response": [check_answer]}),
            _strict_response_validation=strict,
        )

    def http(self) -> httpx2.Client:
        """For what the official client would not send."""
        return httpx2.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {self.key}"},
            event_hooks={"response": [check_answer]},
            timeout=30,
        )


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)

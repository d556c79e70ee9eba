"""The embedded engine: a child process that is started, watched and started again."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.core.config import Settings
from app.core.logs import log

START_SECONDS = 30.0
LONGEST_PAUSE = 30.0
RETRY_SECONDS = 1.0
Stamp = tuple[int, int] | None


class EngineChild:
    """`on_ready(base_url, api_key)` is called each time the engine has come up."""

    def __init__(self, settings: Settings, on_ready: Callable[[str, str], None]) -> None:
        self.settings = settings
        self.on_ready = on_ready
        self.folder = settings.data_dir / "engine"
        self.process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="engine-child", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self.process is not None:
            self.process.terminate()
        if self._thread.is_alive():
            self._thread.join(10)

    def _watch(self) -> None:
        pause = 0.5
        while not self._stop.is_set():
            started = time.monotonic()
            self._live_once()
            pause = (
                0.5 if time.monotonic() - started > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            )
            self._stop.wait(pause)

    def _live_once(self) -> None:
        address = self.folder / "address"
        # What stands there may be of an engine that lives: of another server on the same folder.
        before = stamp_of(address)
        # The pipe ends with us, however we end: the engine then ends too.
        with subprocess.Popen(
            self._command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as process:
            self.process = process
            if wait_for_news(address, before, process, self._stop):
                self._tell(process, address)
            if self._stop.is_set():
                process.terminate()
            code = process.wait()
        if not self._stop.is_set():
            log.warning("engine_ended", code=code)

    def _tell(self, process: subprocess.Popen[bytes], address: Path) -> None:
        """A database that is busy just now must not leave the engine unknown."""
        while process.poll() is None and not self._stop.is_set():
            try:
                self.on_ready(read_text(address), read_text(self.folder / "api_key"))
                return
            except Exception:  # noqa: BLE001 - said again until it is heard
                log.exception("engine_not_kept")
                self._stop.wait(RETRY_SECONDS)

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "app.cli",
            "engine",
            "--data-dir",
            str(self.folder),
            "--port",
            str(self.settings.engine_port),
            "--step-seconds",
            str(self.settings.engine_step_seconds),
            "--until-stdin-closes",
        ]


def wait_for_news(
    path: Path, before: Stamp, process: subprocess.Popen[bytes], stop: threading.Event
) -> bool:
    """Whether the file was written anew while the process lived."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None and not stop.wait(0.05):
        if stamp_of(path) not in {None, before}:
            return True
    return False


def stamp_of(path: Path) -> Stamp:
    """Changes when the file is written anew; None without one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()

"""Processes on one data folder that are killed and started again; a person who insists."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import PASSWORD, SECRET_KEY
from tests.free_port import free_port

PATIENCE = 120.0


class Ground:
    """`server` is `tuneboard serve` with worker and engine; `worker` a second worker beside it."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.settings = settings
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"sec-fetch-site": "same-origin"},
            timeout=20,
        )

    def start(self, part: str) -> None:
        command = ["serve", "--port", str(self.port)] if part == "server" else ["worker"]
        self.processes[part] = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *command], env=self._environment()
        )

    def _environment(self) -> dict[str, str]:
        given = {
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": SECRET_KEY,
            "LOG_LEVEL": "error",
            "SYNC_SECONDS": "0.5",
        } | self.settings
        return dict(os.environ) | {f"TUNEBOARD_{name}": value for name, value in given.items()}

    def kill(self, part: str) -> bool:
        """kill -9. The engine is a child of the server, which starts it again."""
        pid = self.engine_pid() if part == "engine" else self.processes[part].pid
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        if part != "engine":
            self.processes[part].wait()
            self.start(part)
        return True

    def engine_pid(self) -> int | None:
        server = self.processes["server"].pid
        for folder in list(Path("/proc").iterdir()):  # left half read, it stays open
            if folder.name.isdigit() and is_engine_of(folder, server):
                return int(folder.name)
        return None

    def stop(self) -> None:
        self.client.close()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def insist(self, send: Callable[[], httpx2.Response], *good: int) -> httpx2.Response:
        """What a person does whose page does not come: again, until it does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = send()
            except httpx2.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code in good:
                return answer
            assert answer.status_code >= 500, answer.text
            time.sleep(0.2)
        raise TimeoutError("the server did not come back")

    def sign_in(self) -> None:
        form = {"name": "Ada", "password": PASSWORD}
        made = self.insist(lambda: self.client.post("/setup", data=form), 303, 409)
        if made.status_code == 409:
            self.insist(lambda: self.client.post("/login", data=form), 303)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, read from outside."""
        path = self.data_dir / "tuneboard.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def wait_for_row(self, query: str, seconds: float = PATIENCE) -> tuple[Any, ...]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.data_dir.joinpath("tuneboard.db").exists() and (rows := self.rows(query)):
                return rows[0]
            time.sleep(0.1)
        raise TimeoutError(query)

    def ask_engine(self, path: str) -> Any:
        """What the engine says, asked past the dashboard."""
        folder = self.data_dir / "engine"
        key = (folder / "api_key").read_text().strip()

        def ask() -> httpx2.Response:
            address = (folder / "address").read_text().strip()
            return httpx2.get(f"{address}{path}", headers={"authorization": f"Bearer {key}"})

        return self.insist(ask, 200).json()


def is_engine_of(folder: Path, server: int) -> bool:
    try:
        command = (folder / "cmdline").read_bytes().split(b"\0")
        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return False
    return parent == server and b"engine" in command

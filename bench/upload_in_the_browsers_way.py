"""A large upload as a browser sends it: how memory grows, and when the report is there.

.venv/bin/python bench/upload_in_the_browsers_way.py --megabytes 512
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from make_chat_jsonl import make_chat_jsonl

PORT = 8799
BASE = f"http://127.0.0.1:{PORT}"
CHUNK = 1 << 20
BOUNDARY = "bench-boundary"
HEADERS = {"sec-fetch-site": "same-origin"}


class Memory(threading.Thread):
    """Watches the resident memory of a process, in MB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.before = self.peak = self.now()
        self.stopped = threading.Event()

    def now(self) -> float:
        found = re.search(r"VmRSS:\s+(\d+) kB", self.status.read_text())
        return int(found.group(1)) / 1024 if found else 0.0

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            self.peak = max(self.peak, self.now())

    def grown(self) -> float:
        self.stopped.set()
        self.join()
        return self.peak - self.before


def multipart(path: Path) -> Iterator[bytes]:
    """The body of the upload form, never whole in memory."""
    for name, value in {"name": "bench"}.items():
        yield part(f'name="{name}"') + value.encode() + b"\r\n"
    yield part(f'name="file"; filename="{path.name}"\r\nContent-Type: application/jsonl')
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def part(disposition: str) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def wait_until_ready(server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server ended"
        try:
            if httpx2.get(f"{BASE}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def sign_in(client: httpx2.Client) -> None:
    form = {"name": "bench", "password": "bench password"}
    assert client.post("/setup", data=form).status_code == 303


def upload(client: httpx2.Client, path: Path) -> str:
    """The address of the new version's page."""
    total = sum(len(chunk) for chunk in multipart(path))
    headers = {
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "content-length": str(total),
    }
    answer = client.post("/datasets", content=multipart(path), headers=headers, timeout=600)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def wait_for_report(client: httpx2.Client, address: str) -> float:
    """Seconds until the page shows a verdict; also the slowest page meanwhile."""
    slowest, deadline = 0.0, time.monotonic() + 600
    while time.monotonic() < deadline:
        started = time.monotonic()
        page = client.get(address, timeout=60)
        slowest = max(slowest, time.monotonic() - started)
        if "status--validating" not in page.text and "status--queued" not in page.text:
            assert "status--ready" in page.text or "status--warning" in page.text
            return slowest
        time.sleep(0.25)
    raise TimeoutError("no report")


def measure(path: Path, data_dir: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(PORT)]
    environment = {
        "TUNEBOARD_DATA_DIR": str(data_dir),
        "TUNEBOARD_EMBEDDED_ENGINE": "false",
        "TUNEBOARD_UPLOAD_LIMIT_BYTES": str(8 * 1024**3),
        "TUNEBOARD_LOG_LEVEL": "error",
        "PATH": "/usr/bin:/bin",
    }
    with subprocess.Popen(command, env=environment) as server:
        try:
            wait_until_ready(server)
            with httpx2.Client(base_url=BASE, headers=HEADERS) as client:
                sign_in(client)
                return measure_upload(client, path, server.pid)
        finally:
            server.terminate()


def measure_upload(client: httpx2.Client, path: Path, pid: int) -> dict[str, float]:
    client.get("/datasets/new")
    memory = Memory(pid)
    memory.start()
    started = time.monotonic()
    address = upload(client, path)
    uploaded = time.monotonic()
    grown = memory.grown()
    checking = Memory(pid)
    checking.start()
    slowest = wait_for_report(client, address)
    return {
        "megabytes": path.stat().st_size / 1e6,
        "upload_seconds": uploaded - started,
        "memory_growth_mb_of_upload": grown,
        "report_seconds": time.monotonic() - uploaded,
        "memory_growth_mb_of_check": checking.grown(),
        "slowest_page_ms_meanwhile": slowest * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.jsonl"
        make_chat_jsonl(path, options.megabytes, options.seed)
        for name, value in measure(path, Path(folder) / "data").items():
            print(f"{name:32} {value:10.1f}")


if __name__ == "__main__":
    main()

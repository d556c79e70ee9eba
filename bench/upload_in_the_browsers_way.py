"""A large upload as a browser sends it: how memory grows, and when the report is there.

In chunks, as the page's script does; in chunks over a connection that is cut again and again; and
as the plain form of a browser without scripts.

.venv/bin/python bench/upload_in_the_browsers_way.py --megabytes 512 --cuts 20
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from make_chat_jsonl import make_chat_jsonl

PORT = 8799
BASE = f"http://127.0.0.1:{PORT}"
CHUNK = 1 << 20
# Between a broken connection and the next attempt.
PAUSE_SECONDS = 1
BOUNDARY = "bench-boundary"
HEADERS = {"sec-fetch-site": "same-origin"}
Upload = Callable[[httpx2.Client, Path], str]


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


def send_form(client: httpx2.Client, path: Path) -> str:
    """The address of the new version's page."""
    total = sum(len(chunk) for chunk in multipart(path))
    headers = {
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "content-length": str(total),
    }
    return moved(client.post("/datasets", content=multipart(path), headers=headers, timeout=600))


def moved(answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@dataclass
class Chunks:
    """What the page's script does, over a line that breaks in the middle of some chunks."""

    cuts: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    sent: int = 0

    def send(self, client: httpx2.Client, path: Path) -> str:
        size = path.stat().st_size
        about = {"filename": path.name, "size": size, "modified_ms": 0, "fingerprint": "0" * 16}
        begun = client.post("/uploads", json=about).json()
        address, chunk_bytes = f"/uploads/{begun['id']}", begun["chunk_bytes"]
        cut = set(self.dice.sample(range(size // chunk_bytes), self.cuts))
        self.sent, offset = 0, 0
        with path.open("rb") as file:
            while offset < size:
                is_cut = offset // chunk_bytes in cut
                cut.discard(offset // chunk_bytes)
                file.seek(offset)
                offset = self.append(client, address, offset, file.read(chunk_bytes), is_cut)
        form = {"upload_id": (None, str(begun["id"])), "name": (None, "bench")}
        return moved(client.post("/imports", files=form, timeout=600))

    def append(
        self, client: httpx2.Client, address: str, offset: int, chunk: bytes, is_cut: bool
    ) -> int:
        """Where the upload ends afterwards."""
        headers = {"upload-offset": str(offset), "content-length": str(len(chunk))}
        body = self.broken(chunk) if is_cut else self.whole(chunk)
        try:
            answer = client.patch(address, content=body, headers=headers, timeout=60)
        except httpx2.TransportError:
            time.sleep(PAUSE_SECONDS)
            answer = client.get(address)
        return int(answer.headers["upload-offset"])

    def whole(self, chunk: bytes) -> Iterator[bytes]:
        self.sent += len(chunk)
        yield chunk

    def broken(self, chunk: bytes) -> Iterator[bytes]:
        yield from self.whole(chunk[: self.dice.randrange(len(chunk))])
        raise httpx2.WriteError("cut")


class Reader(threading.Thread):
    """Somebody who looks at pages meanwhile."""

    def __init__(self, client: httpx2.Client) -> None:
        super().__init__(daemon=True)
        self.client, self.stopped, self.seconds = client, threading.Event(), [0.0]

    def run(self) -> None:
        with httpx2.Client(base_url=BASE, cookies=self.client.cookies, timeout=60) as client:
            while not self.stopped.wait(0.1):
                started = time.monotonic()
                client.get("/datasets").raise_for_status()
                self.seconds.append(time.monotonic() - started)

    def slowest(self) -> float:
        self.stopped.set()
        self.join()
        return max(self.seconds)


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


def measure(path: Path, data_dir: Path, upload: Upload) -> dict[str, float]:
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
                return measure_upload(client, path, server.pid, upload)
        finally:
            server.terminate()


def measure_upload(client: httpx2.Client, path: Path, pid: int, upload: Upload) -> dict[str, float]:
    client.get("/datasets/new")
    memory, reader = Memory(pid), Reader(client)
    memory.start()
    reader.start()
    started = time.monotonic()
    address = upload(client, path)
    uploaded = time.monotonic()
    grown, slowest_of_upload = memory.grown(), reader.slowest()
    slowest = wait_for_report(client, address)
    return {
        "megabytes": path.stat().st_size / 1e6,
        "upload_seconds": uploaded - started,
        "memory_growth_mb_of_upload": grown,
        "slowest_page_ms_of_upload": slowest_of_upload * 1000,
        "report_seconds": time.monotonic() - uploaded,
        "slowest_page_ms_of_check": slowest * 1000,
    }


def show(way: str, figures: dict[str, float]) -> None:
    print(way)
    for name, value in figures.items():
        print(f"  {name:32} {value:10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.jsonl"
        make_chat_jsonl(path, options.megabytes, options.seed)
        show("chunks", measure(path, Path(folder) / "chunks", Chunks().send))
        line = Chunks(options.cuts, random.Random(options.seed))
        cut = measure(path, Path(folder) / "cut", line.send)
        show(
            f"chunks, cut {options.cuts} times",
            cut | {"megabytes_sent_again": (line.sent - path.stat().st_size) / 1e6},
        )
        show("plain form", measure(path, Path(folder) / "form", send_form))


if __name__ == "__main__":
    main()

"""Uploads in chunks over a real socket: connections that are cut, that hang, and two at once."""

import hashlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core.context import Context
from tests.conftest import sign_in
from tests.datasets.uploads import files_in, reviews, version_at
from tests.engine_fixture import wait_until
from tests.live import LiveServer, serve_in_thread
from tests.uploads.sending import BINARY, JSON, about

MIB = 1024 * 1024
FILE = reviews(60_000)


@pytest.fixture
def server(app: FastAPI) -> Iterator[LiveServer]:
    with serve_in_thread(app) as server:
        yield server


class Person:
    """A browser of Ed's that talks to the server itself, or over wires of its own."""

    def __init__(self, server: LiveServer, context: Context) -> None:
        self.server, self.cookie = server, f"tuneboard_session={sign_in(context, 'Ed')}"
        headers = {"cookie": self.cookie, "sec-fetch-site": "same-origin", **JSON}
        self.client = httpx2.Client(base_url=server.url, headers=headers, timeout=30)

    def begin(self, data: bytes = FILE) -> str:
        return f"/uploads/{self.client.post('/uploads', json=about(data)).json()['id']}"

    def offset(self, path: str) -> int:
        return int(self.client.head(path).headers["upload-offset"])

    def append(self, path: str, offset: int, size: int, data: bytes = FILE) -> httpx2.Response:
        headers = BINARY | {"upload-offset": str(offset)}
        return self.client.patch(path, content=data[offset : offset + size], headers=headers)

    def finish(self, path: str) -> httpx2.Response:
        return self.client.post("/imports", files={"upload_id": (None, path[9:])})

    def open_wire(self, path: str, offset: int, announced: object) -> socket.socket:
        """A chunk of which nothing was sent yet."""
        host, _, port = self.server.url.removeprefix("http://").partition(":")
        wire = socket.create_connection((host, int(port)), timeout=20)
        lines = [
            f"PATCH {path} HTTP/1.1",
            f"host: {host}",
            f"cookie: {self.cookie}",
            "sec-fetch-site: same-origin",
            f"upload-offset: {offset}",
            f"content-length: {announced}",
            "",
            "",
        ]
        wire.sendall("\r\n".join(lines).encode())
        return wire


@pytest.fixture
def person(server: LiveServer, context: Context) -> Iterator[Person]:
    person = Person(server, context)
    yield person
    person.client.close()


def test_what_came_before_a_cut_is_kept(person: Person, context: Context) -> None:
    path = person.begin()
    with person.open_wire(path, 0, 2 * MIB) as wire:
        wire.sendall(FILE[: MIB + 4321])
        wait_until(lambda: person.offset(path) >= MIB)
    wait_until(lambda: person.offset(path) == MIB + 4321)
    assert files_in(context)[0].read_bytes() == FILE[: MIB + 4321]


def test_a_sender_that_hangs_holds_nobody_up(person: Person, context: Context) -> None:
    """A connection that was lost without a word stays open at the server for minutes."""
    path = person.begin()
    with person.open_wire(path, 0, 3 * MIB) as hanging:
        hanging.sendall(FILE[: MIB + 10])
        wait_until(lambda: person.offset(path) >= MIB)
        there = person.offset(path)
        assert person.append(path, there, MIB).json()["offset"] == there + MIB
        hanging.sendall(b"\0" * MIB)
        assert hanging.recv(4096).startswith(b"HTTP/1.1 409")
    assert person.append(path, there + MIB, 4 * MIB).json()["offset"] == len(FILE)
    assert files_in(context)[0].read_bytes() == FILE


def test_two_windows_send_the_same_file(person: Person, context: Context) -> None:
    path = person.begin()

    def send(size: int) -> None:
        offset = 0
        while offset < len(FILE):
            offset = int(person.append(path, offset, size).headers["upload-offset"])

    with ThreadPoolExecutor(3) as windows:
        list(windows.map(send, [70_001, 300_000, 2 * MIB]))
    version = version_at(context.db, person.finish(path).headers["location"])
    assert version.sha256 == hashlib.sha256(FILE).hexdigest()
    assert context.storage.path(version.sha256).read_bytes() == FILE


def test_windows_that_finish_at_once_make_one_version(person: Person, context: Context) -> None:
    path = person.begin()
    for offset in range(0, len(FILE), MIB):
        person.append(path, offset, MIB)
    with ThreadPoolExecutor(4) as windows:
        answers = list(windows.map(lambda _: person.finish(path), range(4)))
    assert {answer.headers["location"] for answer in answers} == {"/datasets/1/versions/1"}
    assert len(files_in(context)) == 1


def test_pages_stay_quick_while_bytes_come(person: Person) -> None:
    path = person.begin()
    wires = [person.open_wire(path, 0, 4 * MIB) for _ in range(12)]
    started = time.monotonic()
    for _ in range(5):
        assert person.client.get("/datasets", headers={"accept": "text/html"}).status_code == 200
    assert time.monotonic() - started < 5
    for wire in wires:
        wire.close()


@pytest.mark.parametrize("announced", ["-1", "x", str(10**12)])
def test_lengths_that_lie(person: Person, context: Context, announced: str) -> None:
    path = person.begin()
    with person.open_wire(path, 0, announced) as wire:
        answer = wire.recv(4096)
    assert answer.split(b" ")[1] in {b"400", b"413"}
    assert sum(path.stat().st_size for path in files_in(context)) == 0


def test_nothing_is_left_open(person: Person) -> None:
    path = person.begin()
    for _ in range(20):
        person.open_wire(path, 0, MIB).close()
    wait_until(lambda: person.server.busy_count == 0)
    held = [link for link in Path("/proc/self/fd").iterdir() if points_to_part(link)]
    assert held == []


def points_to_part(link: Path) -> bool:
    try:
        return link.readlink().suffix == ".part"
    except OSError:
        return False

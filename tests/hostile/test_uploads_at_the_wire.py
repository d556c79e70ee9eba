"""Uploads as no browser sends them, over a real socket."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.core.context import Context
from app.datasets.models import DatasetVersion
from tests.conftest import sign_in
from tests.datasets.uploads import files_in, reviews
from tests.live import LiveServer, serve_in_thread

pytestmark = pytest.mark.slow

FORM = "multipart/form-data; boundary=B"
END = b"\r\n--B--\r\n"


def part(headers: bytes, content: bytes) -> bytes:
    return b"--B\r\n" + headers + b"\r\n\r\n" + content + b"\r\n"


def named(filename: bytes, content: bytes = b"") -> bytes:
    about = b'Content-Disposition: form-data; name="file"; filename="' + filename + b'"'
    return part(about, content or reviews(20))[:-2] + END


@pytest.fixture
def server(app: FastAPI) -> Iterator[LiveServer]:
    with serve_in_thread(app) as server:
        yield server


class Sender:
    def __init__(self, server: LiveServer, cookie: str) -> None:
        self.port, self.cookie = int(server.url.rsplit(":", 1)[1]), cookie

    def send(self, body: bytes, *headers: str, form: str = FORM) -> int:
        """The status of the answer; 0 where none came."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as wire:
            wire.sendall(self._head(form, *headers) + body)
            answer = wire.recv(4096)
        return int(answer.split(b" ", 2)[1]) if answer else 0

    def send_whole(self, body: bytes, form: str = FORM) -> int:
        return self.send(body, f"content-length: {len(body)}", form=form)

    def hang_up(self, body: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as wire:
            wire.sendall(self._head(FORM, f"content-length: {len(body) + 1000}") + body)

    def _head(self, form: str, *headers: str) -> bytes:
        lines = [
            "POST /datasets HTTP/1.1",
            "host: testserver",
            f"cookie: tuneboard_session={self.cookie}",
            "sec-fetch-site: same-origin",
            f"content-type: {form}",
            *headers,
        ]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


@pytest.fixture
def sender(server: LiveServer, context: Context) -> Sender:
    return Sender(server, sign_in(context, "Ed"))


def wait_until_quiet(server: LiveServer) -> None:
    deadline = time.monotonic() + 10
    while server.busy_count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.busy_count == 0


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_hanging_up_leaves_nothing(
    sender: Sender, server: LiveServer, context: Context, session: Session, share: float
) -> None:
    body = named(b"reviews.jsonl", reviews(20_000))
    sender.hang_up(body[: int(len(body) * share)])
    wait_until_quiet(server)
    assert files_in(context) == []
    assert session.exec(select(DatasetVersion)).all() == []


def test_chunks_are_taken_and_broken_ones_are_not(sender: Sender, context: Context) -> None:
    chunked = "transfer-encoding: chunked"
    body = named(b"reviews.jsonl")
    assert sender.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), chunked) == 303
    before = files_in(context)
    assert sender.send(b"zz\r\n" + body, chunked) == 400
    assert files_in(context) == before


@pytest.mark.parametrize(
    "form",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=B",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "B" * 300,
        "multipart/form-data; boundary=\xe9",
        'multipart/form-data; boundary="',
    ],
)
def test_forms_that_are_none(sender: Sender, context: Context, form: str) -> None:
    assert sender.send_whole(named(b"reviews.jsonl"), form) in {400, 422}
    assert files_in(context) == []


@pytest.mark.parametrize(
    "body",
    [
        part(b"X: " + b"x" * 5_000_000, b"{}") + END,
        part(b"\r\n".join([b"X: y"] * 100_000), b"{}") + END,
        part(b'Content-Disposition: form-data; name="' + b"n" * 100_000 + b'"', b"v") + END,
        b"".join(part(b'Content-Disposition: form-data; name="f%d"' % n, b"v") for n in range(99)),
        named(b"a" * 10_000 + b".jsonl"),
        named(b"a.jsonl")[: -len(END)] + b"\r\n" + named(b"b.jsonl"),
        b"--B",
        b"--B--\r\n",
        b"",
    ],
    ids=["long header", "many headers", "long name", "many fields", "long filename", "two files",
         "only a boundary", "only an end", "nothing"],
)  # fmt: skip
def test_bodies_that_are_none(sender: Sender, context: Context, body: bytes) -> None:
    assert sender.send_whole(body) in {400, 422}
    assert files_in(context) == []


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        (b"../../etc/passwd.jsonl", "passwd.jsonl"),
        (b"C:\\\\boot.jsonl", "boot.jsonl"),
        (b"<script>alert(1).jsonl", "<script>alert(1).jsonl"),
        ("\u202egnp\u0007.jsonl".encode(), "gnp.jsonl"),
        ("한글.jsonl".encode(), "한글.jsonl"),
        (b"\xff.jsonl", "\ufffd.jsonl"),
    ],
)
def test_names_are_text(sender: Sender, session: Session, filename: bytes, kept: str) -> None:
    assert sender.send_whole(named(filename)) == 303
    assert session.exec(select(DatasetVersion)).one().filename == kept


def test_the_same_file_many_times_at_once(
    sender: Sender, server: LiveServer, context: Context, session: Session
) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(sender.send_whole, [named(b"reviews.jsonl")] * 6))
    assert set(answers) == {303}
    [blob] = files_in(context)
    assert {version.sha256 for version in session.exec(select(DatasetVersion))} == {blob.name}


def test_a_head_has_no_body(server: LiveServer) -> None:
    for path in ("/healthz", "/login", "/static/css/base.css"):
        host, _, port = server.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as wire:
            wire.sendall(f"HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: wire.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n\r\n")

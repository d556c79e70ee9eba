"""A form with a file, read while it arrives."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from app.core.errors import DomainError, Invalid, TooLarge
from app.core.storage import Storage
from app.web.streaming_form import StreamedForm, read_streamed_form

BOUNDARY = "----boundary7"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + value + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def read(
    storage: Storage, chunks: list[bytes], *, limit: int = 10_000_000, kind: str = CONTENT_TYPE
) -> tuple[StreamedForm, bytes]:
    """The form and the bytes of its file."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    with storage.writer() as writer:
        form = in_a_loop_of_its_own(
            read_streamed_form(Request(scope, receive), writer, limit=limit)
        )
        return form, storage.path(writer.finish().sha256).read_bytes()


def in_a_loop_of_its_own(reading: Coroutine[object, object, StreamedForm]) -> StreamedForm:
    """In another thread: browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, reading).result()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    data=st.binary(max_size=3_000),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    cuts=st.lists(st.integers(0, 3_500), max_size=6),
)
def test_it_reads_the_same_however_it_arrives(
    storage: Storage, data: bytes, name: str, cuts: list[int]
) -> None:
    body = part("name", name.encode()) + part("file", data, "a b.jsonl") + END
    edges = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    chunks = [body[a:b] for a, b in pairwise(edges)]
    form, written = read(storage, chunks)
    assert (form.fields["name"], form.filename, written) == (name, "a b.jsonl", data)


def test_a_large_file_goes_through_in_blocks(storage: Storage) -> None:
    data = bytes(range(256)) * 20_000
    body = part("file", data, "리뷰.jsonl") + END
    form, written = read(storage, [body[at : at + 65_536] for at in range(0, len(body), 65_536)])
    assert (form.filename, written == data) == ("리뷰.jsonl", True)


def test_without_a_file_there_is_no_name(storage: Storage) -> None:
    form, written = read(storage, [part("name", b"x") + part("file", b"", "") + END])
    assert (form.fields, form.filename, written) == ({"name": "x"}, None, b"")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (part("file", b"x" * 500, "a.jsonl") + END, TooLarge),
        (part("name", b"x" * 70_000) + END, TooLarge),
        (part("file", b"x", "a.jsonl") + part("file", b"y", "b.jsonl") + END, Invalid),
        (b"".join(part(f"f{n}", b"x") for n in range(60)) + END, Invalid),
        (part("file", b"x", "a.jsonl"), DomainError),
        (b"nonsense", DomainError),
        (b"", DomainError),
    ],
)
def test_it_refuses_and_keeps_nothing(
    storage: Storage, body: bytes, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        read(storage, [body], limit=300)
    assert [path for path in storage.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", ""])
def test_it_refuses_another_kind_of_body(storage: Storage, kind: str) -> None:
    with pytest.raises(Invalid):
        read(storage, [b"{}"], kind=kind)

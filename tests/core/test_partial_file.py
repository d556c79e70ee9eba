"""Bytes that arrive bit by bit."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import TooLarge
from app.core.partial_file import PartialFile, WrongOffset
from app.core.storage import Storage

DATA = bytes(range(256)) * 40


@pytest.fixture
def partial(storage: Storage) -> PartialFile:
    partial = storage.partial("abc123", len(DATA))
    partial.create()
    return partial


def empty(partial: PartialFile) -> None:
    partial.discard()
    partial.create()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(tries=st.lists(st.tuples(st.integers(0, len(DATA)), st.integers(0, 3_000)), max_size=30))
def test_it_is_always_the_beginning_of_the_file(
    partial: PartialFile, tries: list[tuple[int, int]]
) -> None:
    """Whatever is sent, wherever it is said to belong."""
    empty(partial)
    for at, size in tries:
        reached = partial.reached()
        chunk = DATA[at : at + size]
        if at == reached:
            assert partial.append(at, chunk) == at + len(chunk)
        else:
            with pytest.raises(WrongOffset) as refused:
                partial.append(at, chunk)
            assert refused.value.reached == reached
        assert partial.path.read_bytes() == DATA[: partial.reached()]
    partial.append(partial.reached(), DATA[partial.reached() :])
    assert partial.hash() == hashlib.sha256(DATA).hexdigest()


def test_many_who_append_at_once_do_not_mix(partial: PartialFile) -> None:
    def send(size: int) -> None:
        at = 0
        while at < len(DATA):
            try:
                at = partial.append(at, DATA[at : at + size])
            except WrongOffset as refused:
                at = refused.reached

    with ThreadPoolExecutor(6) as senders:
        list(senders.map(send, [1, 7, 64, 100, 333, 1_000]))
    assert partial.path.read_bytes() == DATA


def test_it_takes_no_more_than_its_size(partial: PartialFile) -> None:
    with pytest.raises(TooLarge):
        partial.append(0, DATA + b"x")
    partial.append(0, DATA)
    with pytest.raises(TooLarge):
        partial.append(len(DATA), b"x")
    assert partial.append(len(DATA), b"") == len(DATA)


def test_one_that_is_gone_says_so(partial: PartialFile) -> None:
    partial.discard()
    partial.discard()
    for ask in (partial.reached, partial.last_at, partial.sync, partial.hash):
        with pytest.raises(FileNotFoundError):
            ask()
    with pytest.raises(FileNotFoundError):
        partial.append(0, DATA)
    assert not partial.exists()


@given(st.text(max_size=40))
def test_a_key_is_never_a_path(tmp_path_factory: pytest.TempPathFactory, key: str) -> None:
    storage = Storage(Path(tmp_path_factory.getbasetemp()) / "hostile")
    try:
        path = storage.partial(key, 1).path
    except ValueError:
        return
    assert path.resolve().parent == (storage.root / "incoming").resolve()

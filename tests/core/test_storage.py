"""Files by content."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.storage import Storage


def keep(storage: Storage, data: bytes) -> str:
    with storage.writer() as writer:
        writer.write(data)
        return writer.finish().sha256


def test_the_same_bytes_are_kept_once(storage: Storage) -> None:
    first, second = keep(storage, b"rows"), keep(storage, b"rows")
    assert first == second == hashlib.sha256(b"rows").hexdigest()
    assert storage.path(first).read_bytes() == b"rows"


def test_an_unfinished_write_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(OSError, match="cut"):
        write_half(storage)
    assert list((storage.root / "incoming").iterdir()) == []


def write_half(storage: Storage) -> None:
    with storage.writer() as writer:
        writer.write(b"half")
        raise OSError("cut")


def test_what_a_crash_left_is_swept(storage: Storage) -> None:
    left = storage.root / "incoming" / "tmpabc"
    left.write_bytes(b"half")
    assert storage.sweep(3600, now=left.stat().st_mtime + 10) == 0
    assert storage.sweep(3600, now=left.stat().st_mtime + 3601) == 1
    assert not left.exists()


def test_deleting_removes_what_was_derived(storage: Storage) -> None:
    sha256 = keep(storage, b"rows")
    storage.path(sha256, ".index").write_bytes(b"columns")
    storage.delete(sha256)
    assert not storage.exists(sha256)
    assert not storage.path(sha256, ".index").exists()


@given(st.text(max_size=80))
def test_a_hash_is_never_a_path(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    storage = Storage(Path(tmp_path_factory.getbasetemp()) / "hostile")
    try:
        path = storage.path(name)
    except ValueError:
        return
    assert path.resolve().is_relative_to(storage.root.resolve())

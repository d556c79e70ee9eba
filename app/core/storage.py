"""Files by content: a file is stored once under the SHA-256 of its bytes and never changes."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from app.core.partial_file import PartialFile


@dataclass(frozen=True, slots=True)
class StoredBlob:
    sha256: str
    size: int


class Received(Protocol):
    """Bytes that came in, at `path` until they are finished: a writer's, or a whole file's."""

    @property
    def path(self) -> Path: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def finish(self) -> StoredBlob: ...


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that is whole and on the disk at `source`, as a writer that has written all of it.

    Another may have kept it under its hash in the meantime: it is the same bytes.
    """

    storage: "Storage"
    source: Path
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        return self.source if self.source.is_file() else self.storage.path(self.sha256)

    def finish(self) -> StoredBlob:
        if not self.storage.exists(self.sha256):
            self.storage.keep(self.source, self.sha256)
        return StoredBlob(self.sha256, self.size)


class StorageWriter:
    """Streams bytes to a temporary file and hashes them on the way."""

    def __init__(self, storage: "Storage", file: IO[bytes]) -> None:
        self._storage, self._file = storage, file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def path(self) -> Path:
        """Where the bytes are until they are finished."""
        return Path(self._file.name)

    @property
    def sha256(self) -> str:
        """Of what has been written so far."""
        return self._hash.hexdigest()

    def sync(self) -> None:
        """Bring what was written to the disk: `finish` is quick afterwards."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> StoredBlob:
        """Make the file durable under its hash; storing the same bytes again is harmless."""
        sha256 = self.sha256
        self.sync()
        self._storage.keep(self.path, sha256)
        return StoredBlob(sha256, self.size)


class Storage:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def writer(self) -> Iterator[StorageWriter]:
        """A writer; unless finished, what it wrote is thrown away."""
        with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as file:
            try:
                yield StorageWriter(self, file)
            finally:
                Path(file.name).unlink(missing_ok=True)

    def partial(self, key: str, size: int) -> PartialFile:
        """A file that comes bit by bit; `key` is letters and digits."""
        if not (key.isascii() and key.isalnum()):
            raise ValueError("not a key")
        return PartialFile(self._incoming / f"{key}.part", size)

    def keep(self, path: Path, sha256: str) -> None:
        """Take a file of ours in under its hash."""
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)

    def path(self, sha256: str, suffix: str = "") -> Path:
        """Where the bytes are, or with a suffix what was derived from them."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError("not a SHA-256")
        return self.root / sha256[:2] / f"{sha256}{suffix}"

    def open(self, sha256: str) -> BinaryIO:
        return self.path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """Remove the bytes and everything derived from them."""
        for path in self.path(sha256).parent.glob(f"{sha256}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free

    def sweep(self, older_than_seconds: float, now: float) -> int:
        """Throw away uploads that a crash left behind, or that nobody went on with."""
        left = [p for p in self._incoming.iterdir() if now - p.stat().st_mtime > older_than_seconds]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

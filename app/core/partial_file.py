"""Bytes that arrive bit by bit: over connections that break, from browsers that are closed."""

import errno
import fcntl
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NoRoom, TooLarge

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class WrongOffset(Exception):
    """Bytes were meant for another place than the end, which is at `reached`."""

    def __init__(self, reached: int) -> None:
        super().__init__(reached)
        self.reached = reached


@dataclass(frozen=True, slots=True)
class PartialFile:
    """A file that will have `size` bytes.

    Its length is all that is known of how far it came, so nothing can disagree with it after a
    crash. Whoever appends says where; the lock is the operating system's, so that a process that
    is killed lets go of it. A whole file takes no more bytes. What is asked of one that is gone
    raises FileNotFoundError.
    """

    path: Path
    size: int

    def create(self) -> None:
        self.path.open("xb").close()

    def exists(self) -> bool:
        return self.path.is_file()

    def reached(self) -> int:
        return self.path.stat().st_size

    def last_at(self) -> datetime:
        """When the last bytes came."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def append(self, at: int, data: bytes) -> int:
        """Where the file ends now. A full disk keeps what there was room for."""
        with self.path.open("r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            reached = file.seek(0, os.SEEK_END)
            if at != reached:
                raise WrongOffset(reached)
            if at + len(data) > self.size:
                raise TooLarge("More came than was announced.")
            _write(file, data)
        return at + len(data)

    def sync(self) -> None:
        """Bring what was appended to the disk: from here on a power cut takes none of it."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())

    def hash(self) -> str:
        """SHA-256 of the bytes, read again: a hash that goes along would be lost in a restart."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


def _write(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoom("The disk of the server is full.") from error

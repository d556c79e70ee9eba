"""The engine's memory: one SQLite file and folders beside it.

Several processes use one store (the server and one worker per job in work). Writers take the
lock at the beginning, so a transaction never fails half-way; readers never wait.
"""

import errno
import fcntl
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    filename TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    estimated_finish INTEGER,
    status TEXT NOT NULL,
    model TEXT NOT NULL,
    fine_tuned_model TEXT,
    training_file TEXT NOT NULL,
    validation_file TEXT,
    result_file TEXT,
    suffix TEXT,
    seed INTEGER NOT NULL,
    method TEXT NOT NULL,
    metadata TEXT,
    integrations TEXT NOT NULL,
    error TEXT,
    example_count INTEGER,
    file_tokens INTEGER,
    trained_tokens INTEGER
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    created_at INTEGER NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT,
    step INTEGER
);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job_id, seq);
CREATE TABLE IF NOT EXISTS checkpoints (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    created_at INTEGER NOT NULL,
    step INTEGER NOT NULL,
    model TEXT NOT NULL,
    metrics TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS checkpoints_by_job ON checkpoints (job_id, seq);
CREATE TABLE IF NOT EXISTS models (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    base TEXT NOT NULL,
    job_id TEXT NOT NULL,
    weights TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS uploads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    filename TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    mime_type TEXT NOT NULL,
    file_seconds INTEGER,
    status TEXT NOT NULL,
    file_id TEXT
);
CREATE TABLE IF NOT EXISTS upload_parts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    created_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS parts_by_upload ON upload_parts (upload_id);
CREATE TABLE IF NOT EXISTS permissions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    model TEXT NOT NULL,
    project_id TEXT NOT NULL,
    UNIQUE (model, project_id)
);
CREATE TABLE IF NOT EXISTS webhook_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    job_id TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL
);
"""
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON")


RESERVE_BYTES = 1024 * 1024
LOCK_ATTEMPTS = 30
LOCK_PAUSE_SECONDS = 0.1


class StoreInUse(Exception):
    """Another engine serves this store."""


class Store:
    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("files", "incoming", "jobs", "models", "uploads"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        self._connection().executescript(SCHEMA)

    def file_path(self, file_id: str) -> Path:
        return self.root / "files" / file_id

    def model_path(self, weights: str) -> Path:
        return self.root / "models" / weights

    def upload_folder(self, upload_id: str) -> Path:
        folder = self.root / "uploads" / upload_id
        folder.mkdir(exist_ok=True)
        return folder

    def job_folder(self, job_id: str) -> Path:
        folder = self.root / "jobs" / job_id
        folder.mkdir(exist_ok=True)
        return folder

    def read(self) -> sqlite3.Connection:
        return self._connection()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: everything in it happens, or nothing."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            raise

    def keep_reserve(self) -> None:
        """Room on the disk to say that there is no room."""
        reserve = self.root / "reserve"
        if reserve.exists() and reserve.stat().st_size == RESERVE_BYTES:
            return
        with suppress(OSError):
            reserve.write_bytes(bytes(RESERVE_BYTES))

    def release_reserve(self) -> None:
        (self.root / "reserve").unlink(missing_ok=True)

    def _connection(self) -> sqlite3.Connection:
        """One connection a thread."""
        existing: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if existing is None:
            existing = sqlite3.connect(self.root / "engine.db", isolation_level=None)
            existing.row_factory = sqlite3.Row
            for pragma in PRAGMAS:
                existing.execute(f"PRAGMA {pragma}")
            self._local.connection = existing
        return existing


def lock_store(root: Path) -> IO[str]:
    """Hold the returned file open as long as the store is served; the lock ends with it.

    An engine that is just stopping is waited for. Raises StoreInUse.
    """
    root.mkdir(parents=True, exist_ok=True)
    lock = (root / "engine.lock").open("a")
    for _ in range(LOCK_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        time.sleep(LOCK_PAUSE_SECONDS)
    lock.close()
    raise StoreInUse(
        f"Another engine is already serving {root}. Stop it first, or choose another folder."
    )


def is_disk_full(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or (isinstance(error, sqlite3.OperationalError) and "disk is full" in str(error))


def link_or_copy(source: Path, target: Path) -> None:
    """target has the bytes of source, whatever happens to source later."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except PermissionError:  # a file system without hard links
        shutil.copyfile(source, target)


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        partial.unlink()
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    partial.replace(path)

"""Files of the store."""

import sqlite3
import time
from dataclasses import dataclass

from app.engine.refusals import ApiError
from app.engine.store import Store


@dataclass(frozen=True, slots=True)
class NewFile:
    id: str
    filename: str
    purpose: str
    size: int
    expires_at: int | None = None


def get_file(store: Store, file_id: str) -> sqlite3.Row:
    row = find_file(store, file_id)
    if row is None:
        raise ApiError(404, f"No such File object: {file_id}", param="id")
    return row


def find_file(store: Store, file_id: str) -> sqlite3.Row | None:
    clause, values = not_expired()
    query = f"SELECT * FROM files WHERE id = ? AND {clause}"  # noqa: S608
    row: sqlite3.Row | None = store.read().execute(query, (file_id, *values)).fetchone()
    return row


def insert_file(store: Store, file: NewFile) -> None:
    """The bytes are at store.file_path(file.id) already."""
    with store.write() as connection:
        add_file(connection, file)


def add_file(connection: sqlite3.Connection, file: NewFile) -> None:
    connection.execute(
        "INSERT INTO files (id, created_at, filename, purpose, bytes, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (file.id, int(time.time()), file.filename, file.purpose, file.size, file.expires_at),
    )


def delete_file(store: Store, file_id: str) -> None:
    get_file(store, file_id)
    with store.write() as connection:
        connection.execute("DELETE FROM files WHERE id = ?", (file_id,))
    store.file_path(file_id).unlink(missing_ok=True)


def not_expired() -> tuple[str, tuple[object, ...]]:
    """A condition and its values."""
    return "(expires_at IS NULL OR expires_at > ?)", (int(time.time()),)

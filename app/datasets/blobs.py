"""Bytes in storage: several versions, or other rows, may have the same.

Both functions belong into the write transaction that adds or removes the row, so that bytes are
never thrown away while somebody else comes to share them.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, func
from sqlmodel import Session, SQLModel, select

from app.core.storage import Received, Storage, StoredBlob

LOCK = 742517
# For `Field(sa_column_kwargs=…)` of a column with the hash of bytes that its row needs.
HOLDS_BYTES: dict[str, Any] = {"info": {"holds_bytes": True}}


def keep_blob(session: Session, writer: Received) -> StoredBlob:
    _take_turns(session)
    return writer.finish()


def discard_blob(session: Session, storage: Storage, sha256: str) -> None:
    """Remove the bytes unless another row needs them."""
    _take_turns(session)
    if not any(_is_held(session, column, sha256) for column in _holding_columns()):
        storage.delete(sha256)


def _is_held(session: Session, column: Column[Any], sha256: str) -> bool:
    query = select(column).where(column == sha256).limit(1)
    return session.connection().execute(query).first() is not None


def _holding_columns() -> Iterator[Column[Any]]:
    for table in SQLModel.metadata.sorted_tables:
        yield from (column for column in table.columns if column.info.get("holds_bytes"))


def _take_turns(session: Session) -> None:
    """On SQLite a write transaction is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(LOCK)))
    else:
        session.connection()

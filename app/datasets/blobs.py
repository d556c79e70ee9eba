"""Bytes of versions in storage: several versions may have the same.

Both functions belong into the write transaction that adds or removes the row, so that bytes are
never thrown away while somebody else comes to share them.
"""

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.core.storage import Storage, StorageWriter, StoredBlob
from app.datasets.models import DatasetVersion

LOCK = 742517


def keep_blob(session: Session, writer: StorageWriter) -> StoredBlob:
    _take_turns(session)
    return writer.finish()


def discard_blob(session: Session, storage: Storage, sha256: str) -> None:
    """Remove the bytes unless another version has the same."""
    _take_turns(session)
    query = select(func.count(col(DatasetVersion.id))).where(DatasetVersion.sha256 == sha256)
    if session.exec(query).one() == 0:
        storage.delete(sha256)


def _take_turns(session: Session) -> None:
    """On SQLite a write transaction is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(LOCK)))
    else:
        session.connection()

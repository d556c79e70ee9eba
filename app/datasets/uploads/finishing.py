"""The end of an upload: taken by the form that names it, or thrown away when nobody went on."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import SYSTEM, Actor
from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import Conflict
from app.core.storage import ReceivedFile, Storage
from app.datasets.uploads.models import UploadSession
from app.datasets.uploads.service import get_upload, is_kept, no_such_upload, partial_of


@dataclass(frozen=True, slots=True)
class TakenUpload:
    id: int
    filename: str
    file: ReceivedFile


def take_upload(context: Context, actor: Actor, upload_id: int) -> TakenUpload:
    """All its bytes, on the disk and hashed, to be finished like those of a form.

    One that was finished is taken again as long as its bytes are kept: whoever sends a form a
    second time, because the answer was lost or in another window, gets the same answer.
    """
    row = _read_row(context, actor, upload_id)
    try:
        file = _read_through(context, row)
    except FileNotFoundError:
        file = _find_kept(context.storage, _read_row(context, actor, upload_id))
    return TakenUpload(upload_id, row.filename, file)


def close_upload(context: Context, upload_id: int) -> None:
    """Something was made of it."""
    with context.db.write() as session:
        row = session.get(UploadSession, upload_id)
        if row is not None and row.finished_at is None:
            row.finished_at = now()
            partial_of(context.storage, row).discard()


def _read_row(context: Context, actor: Actor, upload_id: int) -> UploadSession:
    with context.db.read() as session:
        return get_upload(session, actor, upload_id)


def _read_through(context: Context, row: UploadSession) -> ReceivedFile:
    partial = partial_of(context.storage, row)
    if partial.reached() < row.size:
        raise Conflict("The upload is not complete yet.")
    partial.sync()
    sha256 = row.sha256 or partial.hash()
    if row.sha256 is None:
        _note_hash(context, row.id or 0, sha256)
    return ReceivedFile(context.storage, partial.path, row.size, sha256)


def _find_kept(storage: Storage, row: UploadSession) -> ReceivedFile:
    if row.sha256 is None or not is_kept(storage, row):
        raise no_such_upload()
    return ReceivedFile(storage, storage.path(row.sha256), row.size, row.sha256)


def _note_hash(context: Context, upload_id: int, sha256: str) -> None:
    with context.db.write() as session:
        row = session.get(UploadSession, upload_id)
        if row is None:
            raise no_such_upload()
        row.sha256 = sha256


def expire_upload(context: Context) -> bool:
    """One that waited long enough; False when there is none."""
    due = select(UploadSession).where(col(UploadSession.expires_at) < now()).limit(1)
    with context.db.read() as session:
        if session.exec(due).first() is None:
            return False
    with context.db.write() as session:
        row = session.exec(due.with_for_update(skip_locked=True)).first()
        if row is not None:
            _expire(session, context, row)
    return row is not None


def _expire(session: Session, context: Context, row: UploadSession) -> None:
    """Time counts from the last bytes."""
    partial = partial_of(context.storage, row)
    if row.finished_at is None and partial.exists():
        row.expires_at = partial.last_at() + timedelta(hours=context.settings.upload_hours)
        if row.expires_at > now():
            return
        detail: dict[str, object] = {"filename": row.filename, "size": row.size}
        record(session, SYSTEM, AuditAction.UPLOAD_EXPIRED, "upload", row.id, detail)
    partial.discard()
    session.delete(row)


TASKS = [Task("datasets.uploads.expire", expire_upload)]

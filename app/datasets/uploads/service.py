"""Uploads that survive broken connections, closed browsers and restarts of the server."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.clock import now
from app.core.config import Settings
from app.core.errors import Conflict, Invalid, NoRoom, NotFound, TooLarge
from app.core.partial_file import PartialFile
from app.core.storage import Storage
from app.datasets.service import find_dataset_name, get_dataset
from app.datasets.uploads.models import UploadSession
from app.datasets.uploads.schemas import UploadCreate

MOST_OPEN = 10
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class SentUpload:
    """An upload and how far it came: to its end where something was made of it."""

    row: UploadSession
    partial: PartialFile
    offset: int
    last_at: datetime
    dataset_name: str | None

    @classmethod
    def look(cls, session: Session, storage: Storage, row: UploadSession) -> Self:
        """Raises NotFound where the bytes are gone."""
        partial, last_at = partial_of(storage, row), row.created_at
        try:
            offset, last_at = partial.reached(), partial.last_at()
        except FileNotFoundError:
            if not is_kept(storage, row):
                raise no_such_upload() from None
            offset = row.size
        return cls(row, partial, offset, last_at, find_dataset_name(session, row.dataset_id))

    @property
    def id(self) -> int:
        return self.row.id or 0

    @property
    def share(self) -> float:
        """In whole percent, never more than there is."""
        return 100 * self.offset // self.row.size / 100


def create_upload(
    session: Session, storage: Storage, settings: Settings, actor: Actor, data: UploadCreate
) -> SentUpload:
    """The upload of this file: the person's own that stopped, else a new one."""
    _refuse_file(data, settings)
    if data.dataset_id is not None:
        get_dataset(session, data.dataset_id)
    found = _find_same(session, storage, actor, data)
    row = found or _add_upload(session, storage, settings, actor, data)
    row.dataset_id, row.name = data.dataset_id, data.name
    row.expires_at = now() + timedelta(hours=settings.upload_hours)
    session.flush()
    return SentUpload.look(session, storage, row)


def get_upload(session: Session, actor: Actor, upload_id: int) -> UploadSession:
    """Raises NotFound also for the uploads of others."""
    row = session.get(UploadSession, upload_id)
    if row is None or row.created_by_id != actor.id:
        raise no_such_upload()
    return row


def list_uploads(session: Session, storage: Storage, actor: Actor) -> Sequence[SentUpload]:
    """The person's own that wait to be gone on with, newest first."""
    query = _open_uploads().where(UploadSession.created_by_id == actor.id)
    rows = session.exec(query.order_by(col(UploadSession.id).desc())).all()
    there = [row for row in rows if partial_of(storage, row).exists()]
    return [SentUpload.look(session, storage, row) for row in there]


def discard_upload(session: Session, storage: Storage, actor: Actor, upload_id: int) -> None:
    row = get_upload(session, actor, upload_id)
    partial_of(storage, row).discard()
    session.delete(row)
    detail: dict[str, object] = {"filename": row.filename, "size": row.size}
    record(session, actor, AuditAction.UPLOAD_DISCARDED, "upload", upload_id, detail)


def is_kept(storage: Storage, row: UploadSession) -> bool:
    """Whether its bytes are stored: also after a crash between that and noting what they became."""
    is_whole = row.sha256 is not None and not partial_of(storage, row).exists()
    return is_whole and storage.exists(row.sha256 or "")


def partial_of(storage: Storage, row: UploadSession) -> PartialFile:
    return storage.partial(row.key, row.size)


def no_such_upload() -> NotFound:
    return NotFound("This upload is not there any more. Send the file again.")


def _refuse_file(data: UploadCreate, settings: Settings) -> None:
    if not data.filename:
        raise Invalid("Choose a file.", field="file")
    if data.size == 0:
        raise Invalid("“{name}” is empty.", field="file", name=data.filename)
    if data.size > settings.upload_limit_bytes:
        raise TooLarge("“{name}” is larger than what can be uploaded here.", name=data.filename)


def _find_same(
    session: Session, storage: Storage, actor: Actor, data: UploadCreate
) -> UploadSession | None:
    query = _open_uploads().where(
        UploadSession.created_by_id == actor.id,
        UploadSession.filename == data.filename,
        UploadSession.size == data.size,
        UploadSession.modified_ms == data.modified_ms,
        UploadSession.fingerprint == data.fingerprint,
    )
    rows = session.exec(query).all()
    return next((row for row in rows if partial_of(storage, row).exists()), None)


def _add_upload(
    session: Session, storage: Storage, settings: Settings, actor: Actor, data: UploadCreate
) -> UploadSession:
    _refuse_too_much(session, storage, settings, actor, data)
    given = data.model_dump(include={"filename", "size", "modified_ms", "fingerprint"})
    row = UploadSession(
        **given,
        key=secrets.token_hex(KEY_BYTES),
        created_by_id=actor.id or 0,
        created_by=actor.name,
        expires_at=now(),
    )
    session.add(row)
    session.flush()
    partial_of(storage, row).create()
    detail: dict[str, object] = {"filename": row.filename, "size": row.size}
    record(session, actor, AuditAction.UPLOAD_CREATED, "upload", row.id, detail)
    return row


def _refuse_too_much(
    session: Session, storage: Storage, settings: Settings, actor: Actor, data: UploadCreate
) -> None:
    count = select(func.count()).select_from(UploadSession)
    mine = UploadSession.created_by_id == actor.id
    is_open = col(UploadSession.finished_at).is_(None)
    if session.exec(count.where(mine, is_open)).one() >= MOST_OPEN:
        raise Conflict("{count} of your uploads wait already. Discard one.", count=MOST_OPEN)
    announced = select(func.coalesce(func.sum(UploadSession.size), 0)).where(is_open)
    waiting = int(session.exec(announced).one())
    room = max(settings.unfinished_upload_bytes, settings.upload_limit_bytes)
    if waiting + data.size > room or data.size > storage.free_bytes():
        raise NoRoom("There is no room for “{name}” now. Try again later.", name=data.filename)


def _open_uploads() -> SelectOfScalar[UploadSession]:
    return select(UploadSession).where(col(UploadSession.finished_at).is_(None))

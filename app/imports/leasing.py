"""Imports that a worker holds: claimed, kept with a beat, given back."""

import time
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement
from sqlmodel import Session

from app.core.clock import now
from app.core.context import Context
from app.core.errors import DomainError
from app.core.leases import MOST_ATTEMPTS, claim, release, renew
from app.imports.documents import plain
from app.imports.models import Import, ImportStatus

LEASE_SECONDS = 60.0
BEAT_SECONDS = 0.5


def claim_import(context: Context, *conditions: ColumnElement[bool]) -> Import | None:
    """A copy of the row, for the owner alone; None when nothing waits or it is given up."""
    with context.db.write() as session:
        import_id = claim(session, Import, *conditions, owner=context.owner, seconds=LEASE_SECONDS)
        if import_id is None:
            return None
        found = session.get_one(Import, import_id)
        found.attempt_count += 1
        if found.attempt_count > MOST_ATTEMPTS:
            found.status, found.refusal = ImportStatus.FAILED, None
            session.flush()
            give_back(session, context, import_id)
            return None
        session.flush()
        session.refresh(found)
        session.expunge(found)
        return found


def is_ours(session: Session, context: Context, import_id: int) -> bool:
    return renew(session, Import, import_id, owner=context.owner, seconds=LEASE_SECONDS)


def give_back(session: Session, context: Context, import_id: int) -> None:
    release(session, Import, import_id, owner=context.owner)


def refuse(context: Context, import_id: int, status: ImportStatus, error: DomainError) -> None:
    """Keeps the sentence to be said on the page."""
    with context.db.write() as session:
        if is_ours(session, context, import_id):
            found = session.get_one(Import, import_id)
            found.status = status
            found.refusal = plain({"sentence": error.sentence, "params": error.params})
            session.flush()
            give_back(session, context, import_id)


@dataclass
class Beat:
    """Renews the lease and notes progress, not at every call; False ends the work."""

    context: Context
    import_id: int
    status: ImportStatus
    due_at: float = field(default=0.0)

    def begin(self) -> None:
        """From here on the time that is left is reckoned."""
        with self.context.db.write() as session:
            if is_ours(session, self.context, self.import_id):
                session.get_one(Import, self.import_id).begun_at = now()

    def __call__(self, rows: int) -> bool:
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            if not is_ours(session, self.context, self.import_id):
                return False
            found = session.get_one(Import, self.import_id)
            found.rows_done = rows
            return found.status is self.status

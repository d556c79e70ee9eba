"""Keeps the audit trail, in the transaction of the change it tells of."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.audit.models import AuditAction, AuditEntry
from app.core.actor import Actor


def record(
    session: Session,
    actor: Actor,
    action: AuditAction,
    subject: str,
    subject_id: int | None,
    detail: dict[str, object] | None = None,
) -> None:
    """Never put a secret into `detail`."""
    session.add(
        AuditEntry(
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=detail or {},
        )
    )


def list_entries(
    session: Session, *, before_id: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Newest first; the next page starts before the last id of this one."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before_id is not None:
        query = query.where(col(AuditEntry.id) < before_id)
    return session.exec(query).all()


def list_entries_of(session: Session, subject: str, subject_id: int) -> Sequence[AuditEntry]:
    query = select(AuditEntry).where(
        AuditEntry.subject == subject, AuditEntry.subject_id == subject_id
    )
    return session.exec(query.order_by(col(AuditEntry.id).desc()).limit(200)).all()

"""Asking for the second look at a version."""

from sqlmodel import Session, select

from app.datasets.deep.models import DeepCheck, DeepStatus


def find_deep_check(session: Session, version_id: int) -> DeepCheck | None:
    return session.exec(select(DeepCheck).where(DeepCheck.version_id == version_id)).first()


def ask_for_deep_check(session: Session, version_id: int) -> None:
    """Asked again it begins anew, since the index it goes by was written anew."""
    check = find_deep_check(session, version_id) or DeepCheck(version_id=version_id)
    check.status, check.attempt_count = DeepStatus.WAITING, 0
    check.done_count, check.total_count = 0, 0
    session.add(check)

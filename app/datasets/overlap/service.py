"""Asking for the comparison of two versions, and finding what is known of it."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.datasets.models import DatasetVersion, VersionPart
from app.datasets.overlap.models import Overlap, OverlapStatus
from app.datasets.overlap.rows import find_overlap


def compare_versions(
    session: Session,
    actor: Actor,
    version_id: int,
    against_id: int,
    group_path: str = "",
    *,
    again: bool = False,
) -> Overlap:
    """Asks for it; asked twice, it is done once. `again`: what was found is lost or failed."""
    version, against = _lock(session, version_id), _lock(session, against_id)
    if version_id == against_id:
        raise Invalid("Choose two different versions.", field="against")
    if not (version.status.is_checked and against.status.is_checked):
        raise Invalid("A version can be compared once it is checked.", field="against")
    overlap = find_overlap(session, version_id, against_id, group_path)
    if overlap is not None and not (again and not overlap.is_waiting):
        return overlap
    overlap = _ask(session, version_id, against_id, group_path)
    detail: dict[str, object] = {"against": against_id, "group": group_path}
    record(session, actor, AuditAction.VERSION_COMPARED, "version", version_id, detail)
    return overlap


def compare_parts(session: Session, version: DatasetVersion) -> None:
    """Asks by itself for the parts of a split, once both are checked."""
    for part, training in _pairs_of_split(session, version):
        is_known = find_overlap(session, part.id or 0, training.id or 0) is not None
        if not is_known and part.status.is_checked and training.status.is_checked:
            _ask(session, part.id or 0, training.id or 0, "")


def list_overlaps(session: Session, version_id: int, against_id: int) -> Sequence[Overlap]:
    """The comparison of the texts first, then those by group."""
    query = select(Overlap).where(
        Overlap.version_id == version_id, Overlap.against_id == against_id
    )
    return session.exec(query.order_by(col(Overlap.group_path))).all()


def list_siblings(session: Session, version: DatasetVersion) -> list[DatasetVersion]:
    """The other parts of the split that made the version; the parts of a split follow closely."""
    if version.part is None or version.parent_version_id is None:
        return []
    query = select(DatasetVersion).where(
        DatasetVersion.parent_version_id == version.parent_version_id,
        col(DatasetVersion.part).is_not(None),
    )
    parts = session.exec(query.order_by(col(DatasetVersion.id))).all()
    return [part for part in _same_split(parts, version) if part.id != version.id]


def _same_split(parts: Sequence[DatasetVersion], version: DatasetVersion) -> list[DatasetVersion]:
    """Each split of the same version begins anew with a training part."""
    splits: list[list[DatasetVersion]] = []
    for part in parts:
        if not splits or part.part in {each.part for each in splits[-1]}:
            splits.append([])
        splits[-1].append(part)
    return next((split for split in splits if version.id in {each.id for each in split}), [])


def _pairs_of_split(
    session: Session, version: DatasetVersion
) -> list[tuple[DatasetVersion, DatasetVersion]]:
    """Every other part with the training part."""
    parts = [version, *list_siblings(session, version)]
    training = [part for part in parts if part.part is VersionPart.TRAINING]
    others = [part for part in parts if part.part is not VersionPart.TRAINING]
    pairs = [(part, each) for part in others for each in training]
    return [pair for pair in pairs if version.id in {pair[0].id, pair[1].id}]


def _ask(session: Session, version_id: int, against_id: int, group_path: str) -> Overlap:
    overlap = find_overlap(session, version_id, against_id, group_path) or Overlap(
        version_id=version_id, against_id=against_id, group_path=group_path
    )
    overlap.status, overlap.attempt_count = OverlapStatus.WAITING, 0
    overlap.done_count, overlap.total_count = 0, 0
    session.add(overlap)
    session.flush()
    return overlap


def _lock(session: Session, version_id: int) -> DatasetVersion:
    """Two that ask at once ask one after the other."""
    version = session.get(DatasetVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound("There is no such version.")
    return version

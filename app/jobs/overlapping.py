"""What is known of the overlap of the data a new job is made of; asking for what is not."""

from collections.abc import Iterator, Mapping

from sqlmodel import Session

from app.core.actor import Actor
from app.core.storage import Storage
from app.datasets.models import DatasetVersion
from app.datasets.overlap.kinds import OverlapKind
from app.datasets.overlap.knowing import KnownOverlap, know_overlap
from app.datasets.overlap.service import compare_versions
from app.datasets.version_pages import path_of
from app.jobs import remarks
from app.jobs.choices import number_in
from app.jobs.remarks import Remark


def find_overlap(
    session: Session, storage: Storage, chosen: Mapping[str, str]
) -> KnownOverlap | None:
    """Of the validation data with the training data; None where there are no two to compare."""
    pair = _chosen_pair(session, chosen)
    return know_overlap(session, storage, *pair) if pair else None


def compare_chosen_data(session: Session, actor: Actor, chosen: Mapping[str, str]) -> None:
    """Asks for the comparison that the choices need, once."""
    pair = _chosen_pair(session, chosen)
    if pair:
        validation, training = pair
        compare_versions(session, actor, validation.id or 0, training.id or 0)


def find_warnings_of_overlap(
    overlap: KnownOverlap, validation: str, training: str
) -> Iterator[Remark]:
    """`validation` and `training` are names."""
    names = {"total": overlap.total, "validation": validation, "training": training}
    page = f"{path_of(overlap.version)}/overlap?against={overlap.against.id}"
    if overlap.same_count:
        yield remarks.OVERLAPS.with_places(count=overlap.same_count, **names).linked(page)
    if overlap.conversation_count:
        count = overlap.conversation_count
        yield remarks.BEGINS_ALIKE.with_places(count=count, **names).linked(page)
    for group in overlap.groups:
        if count := group.counts.get(OverlapKind.GROUP, 0):
            places = {"count": count, "key": group.group_path} | names
            yield remarks.SHARES_GROUPS.with_places(**places).linked(page)


def _chosen_pair(
    session: Session, chosen: Mapping[str, str]
) -> tuple[DatasetVersion, DatasetVersion] | None:
    """Validation, training. The same data on both sides forbids the job anyway."""
    names = ("validation_version_id", "training_version_id")
    ids = [number for name in names if (number := number_in(chosen.get(name)))]
    versions = [found for each in ids if (found := session.get(DatasetVersion, each))]
    if len(versions) < len(names) or versions[0].sha256 == versions[1].sha256:
        return None
    return (versions[0], versions[1]) if all(v.status.is_checked for v in versions) else None

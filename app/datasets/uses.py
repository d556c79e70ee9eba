"""Who uses a version: every row of another table that refers to it and would lose its footing.

Found through the foreign keys themselves, so that features above need not report here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ForeignKey, Table, func, select, union
from sqlmodel import Session, SQLModel

from app.core.errors import Conflict
from app.datasets.models import DatasetVersion

Uses = Mapping[str, int]
JOBS = "job"
VERSIONS = "dataset_version"


def count_uses(session: Session, version_ids: Iterable[int]) -> Mapping[int, Uses]:
    """For each version: table name → rows of that table that use it."""
    wanted = list(version_ids)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for table, keys in _using_tables().items():
        for version_id, count in _count_rows(session, table, keys, wanted):
            found[version_id][table.name] = count
    return {version_id: found.get(version_id, {}) for version_id in wanted}


def refuse_if_used(session: Session, versions: Sequence[DatasetVersion]) -> None:
    """Whether they may be deleted together: versions made from each other do not count."""
    ids = [version.id or 0 for version in versions]
    total: Counter[str] = Counter()
    for uses in count_uses(session, ids).values():
        total.update(uses)
    total[VERSIONS] -= sum(1 for version in versions if version.parent_version_id in ids)
    if total.pop(VERSIONS) > 0:
        raise Conflict("Other versions were made from it. Delete those first.")
    if total.total() > 0:
        raise Conflict("Jobs use it, so it stays: their results would lose their source.")


def _using_tables() -> dict[Table, list[ForeignKey]]:
    """Keys that forbid the deletion; those that cascade or are emptied do not count."""
    using = defaultdict(list)
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            refers = key.target_fullname == f"{DatasetVersion.__tablename__}.id"
            if refers and key.ondelete == "RESTRICT":
                using[table].append(key)
    return using


def _count_rows(
    session: Session, table: Table, keys: list[ForeignKey], version_ids: list[int]
) -> list[tuple[int, int]]:
    """A row that uses a version twice counts once."""
    pairs = union(
        *(
            select(key.parent.label("version_id"), table.c.id.label("user_id")).where(
                key.parent.in_(version_ids)
            )
            for key in keys
        )
    ).subquery()
    query = select(pairs.c.version_id, func.count()).group_by(pairs.c.version_id)
    return [(version_id, count) for version_id, count in session.connection().execute(query)]

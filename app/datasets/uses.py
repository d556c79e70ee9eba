"""Who uses a version: every row of another table that refers to it and would lose its footing.

Found through the foreign keys themselves, so that features above need not report here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ForeignKey, Select, Subquery, Table, func, select, union
from sqlmodel import Session, SQLModel, col

from app.core.errors import Conflict
from app.datasets.models import DatasetVersion

Uses = Mapping[str, int]
JOBS = "job"
VERSIONS = "dataset_version"


def count_uses(session: Session, version_ids: Iterable[int]) -> Mapping[int, Uses]:
    """For each version: table name → rows of that table that use it."""
    wanted = list(version_ids)
    found: dict[int, dict[str, int]] = {version_id: {} for version_id in wanted}
    for table, keys in _using_tables().items():
        pairs = _pairs(table, keys, wanted)
        query = select(pairs.c.version_id, func.count()).group_by(pairs.c.version_id)
        for version_id, count in session.connection().execute(query):
            found[version_id][table.name] = count
    return found


def count_uses_of_datasets(session: Session, dataset_ids: Iterable[int]) -> Mapping[int, Uses]:
    """For each dataset: table name → rows of that table that use any of its versions."""
    wanted = list(dataset_ids)
    dataset_id, version_id = col(DatasetVersion.dataset_id), col(DatasetVersion.id)
    inside = select(version_id).where(dataset_id.in_(wanted))
    found: dict[int, dict[str, int]] = {wanted_id: {} for wanted_id in wanted}
    for table, keys in _using_tables().items():
        pairs = _pairs(table, keys, inside)
        query = (
            select(dataset_id, func.count(pairs.c.user_id.distinct()))
            .join(pairs, pairs.c.version_id == version_id)
            .group_by(dataset_id)
        )
        for owner, count in session.connection().execute(query):
            found[owner][table.name] = count
    return found


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


def _pairs(
    table: Table, keys: list[ForeignKey], version_ids: list[int] | Select[int | None]
) -> Subquery:
    """A row that uses a version twice is there once."""
    columns = [(key.parent, table.c.id) for key in keys]
    return union(
        *(
            select(used.label("version_id"), user.label("user_id")).where(used.in_(version_ids))
            for used, user in columns
        )
    ).subquery()

"""The list of datasets: a page of rows, each with its latest whole version and who uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from app.datasets.models import Dataset, DatasetVersion
from app.datasets.uses import JOBS, count_uses_of_datasets

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """`latest` is the newest version that is no part of another; None without any version."""

    dataset: Dataset
    latest: DatasetVersion | None
    version_count: int
    job_count: int


@dataclass(frozen=True, slots=True)
class DatasetPage:
    rows: Sequence[DatasetRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_ROWS))


def list_datasets(session: Session, search: str = "", page: int = 1) -> DatasetPage:
    """Latest change first."""
    matches = _matches(search)
    total = session.exec(select(func.count(col(Dataset.id))).where(*matches)).one()
    page = min(max(1, page), max(1, -(-total // PAGE_ROWS)))
    query = select(Dataset).where(*matches).order_by(col(Dataset.updated_at).desc())
    datasets = session.exec(query.offset((page - 1) * PAGE_ROWS).limit(PAGE_ROWS)).all()
    return DatasetPage(_rows(session, datasets), total, page)


def count_datasets(session: Session) -> int:
    return session.exec(select(func.count(col(Dataset.id)))).one()


def _matches(search: str) -> list[ColumnElement[bool]]:
    words = search.replace("\0", "").lower().split()
    name = func.lower(col(Dataset.name))
    return [name.contains(word, autoescape=True) for word in words]


def _rows(session: Session, datasets: Sequence[Dataset]) -> list[DatasetRow]:
    ids = [dataset.id or 0 for dataset in datasets]
    latest, counts = _latest_versions(session, ids), _version_counts(session, ids)
    uses = count_uses_of_datasets(session, ids)
    return [
        DatasetRow(dataset, latest.get(id_), counts.get(id_, 0), uses[id_].get(JOBS, 0))
        for id_, dataset in zip(ids, datasets, strict=True)
    ]


def _latest_versions(session: Session, dataset_ids: list[int]) -> Mapping[int, DatasetVersion]:
    newest = (
        select(func.max(col(DatasetVersion.id)))
        .where(col(DatasetVersion.dataset_id).in_(dataset_ids))
        .where(col(DatasetVersion.part).is_(None))
        .group_by(col(DatasetVersion.dataset_id))
    )
    versions = session.exec(select(DatasetVersion).where(col(DatasetVersion.id).in_(newest)))
    return {version.dataset_id: version for version in versions}


def _version_counts(session: Session, dataset_ids: list[int]) -> Mapping[int, int]:
    query = (
        select(DatasetVersion.dataset_id, func.count(col(DatasetVersion.id)))
        .where(col(DatasetVersion.dataset_id).in_(dataset_ids))
        .group_by(col(DatasetVersion.dataset_id))
    )
    return dict(session.exec(query).all())

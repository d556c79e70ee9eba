"""What a new job can be made of: connections in use, and checked data, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.connections.models import Connection
from app.connections.service import list_connections
from app.datasets.models import Dataset, DatasetVersion, VersionStatus
from app.datasets.service import NamedVersion

MOST_VERSIONS = 200
CHOSEN = ("training_version_id", "validation_version_id")


@dataclass(frozen=True, slots=True)
class Choices:
    connections: Sequence[Connection]
    versions: Sequence[NamedVersion]


def list_choices(session: Session, given: Mapping[str, str]) -> Choices:
    """`given` holds the fields of the form: what is chosen there is among the choices."""
    connections = [each for each in list_connections(session) if not each.is_retired]
    return Choices(connections, _list_versions(session, given))


def number_in(text: str | None) -> int | None:
    """A whole number above zero that a column can hold."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    return number if 0 < (number := int(text)) < 2**31 else None


def _list_versions(session: Session, given: Mapping[str, str]) -> list[NamedVersion]:
    usable = [status for status in VersionStatus if status.is_usable]
    query = (
        select(DatasetVersion, Dataset.name)
        .join(Dataset, col(Dataset.id) == col(DatasetVersion.dataset_id))
        .where(col(DatasetVersion.status).in_(usable))
        .order_by(col(DatasetVersion.id).desc())
    )
    chosen = [number for name in CHOSEN if (number := number_in(given.get(name)))]
    newest = session.exec(query.limit(MOST_VERSIONS)).all()
    known = {version.id for version, _ in newest}
    older = query.where(col(DatasetVersion.id).in_(set(chosen) - known))
    rows = [*newest, *(session.exec(older) if set(chosen) - known else [])]
    return [NamedVersion(version, name) for version, name in rows]

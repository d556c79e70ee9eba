"""What pages show of overlap: whom to compare with, the figures, and pairs side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.models import Dataset, DatasetVersion, VersionStatus
from app.datasets.overlap.grouping import list_paths
from app.datasets.overlap.kinds import IN_BOTH, OF_TEXT, OverlapKind, name_rule
from app.datasets.overlap.knowing import KnownOverlap, know_overlap
from app.datasets.overlap.models import Overlap
from app.datasets.overlap.pair_views import PairsPage, view_pairs
from app.datasets.overlap.rows import open_pairs
from app.datasets.overlap.service import list_siblings
from app.datasets.service import NamedVersion, get_version, name_version
from app.datasets.version_pages import open_bytes
from app.web.language import gettext

MOST_OFFERED = 200
MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class KindRow:
    """`rule` names it in addresses."""

    kind: OverlapKind
    rule: str
    group_path: str
    count: int

    @property
    def label(self) -> str:
        label = gettext(self.kind.label)
        return f"{label}: {self.group_path}" if self.group_path else label


@dataclass(frozen=True, slots=True)
class OverlapPage:
    """`offers` are headings with the versions under them; `paths` keys that occur in both.

    `is_lost`: how many overlap is known, but not which; comparing again finds them.
    """

    offers: Mapping[str, Sequence[NamedVersion]]
    against: NamedVersion | None = None
    known: KnownOverlap | None = None
    rows: Sequence[KindRow] = ()
    paths: Sequence[str] = ()
    chosen: KindRow | None = None
    pairs: PairsPage | None = None

    @property
    def is_lost(self) -> bool:
        return self.chosen is not None and self.pairs is None


@dataclass(frozen=True, slots=True)
class OverlapLine:
    """Of the report and the lineage: one comparison in which the version took part."""

    overlap: Overlap
    version: NamedVersion
    against: NamedVersion

    @property
    def same_count(self) -> int:
        return sum(self.overlap.counts.get(kind, 0) for kind in IN_BOTH)


def view_overlap(
    session: Session,
    storage: Storage,
    version: DatasetVersion,
    against_id: int | None,
    rule: str = "",
    page: int = 1,
) -> OverlapPage:
    """Without a choice, the version that is compared first: another part of the same split."""
    offers = _offers(session, version)
    against = _choose(session, version, against_id)
    if against is None:
        return OverlapPage(offers)
    known = know_overlap(session, storage, version, against)
    rows = list_rows(known)
    chosen = next((each for each in rows if each.rule == rule and each.count), None)
    return OverlapPage(
        offers=offers,
        against=name_version(session, against),
        known=known,
        rows=rows,
        paths=_paths_of_both(storage, version, against),
        chosen=chosen,
        pairs=_view_pairs(session, storage, known, chosen, page) if chosen else None,
    )


def view_lines(session: Session, version: DatasetVersion) -> list[OverlapLine]:
    """The latest comparisons first."""
    query = select(Overlap).where(
        or_(col(Overlap.version_id) == version.id, col(Overlap.against_id) == version.id),
        col(Overlap.group_path) == "",
    )
    overlaps = session.exec(query.order_by(col(Overlap.id).desc()).limit(MOST_LINES)).all()
    return [
        OverlapLine(
            overlap, _named(session, overlap.version_id), _named(session, overlap.against_id)
        )
        for overlap in overlaps
    ]


def list_rows(known: KnownOverlap) -> list[KindRow]:
    """Every kind that is known, most alike first, then each group."""
    texts = [
        KindRow(kind, name_rule(kind), "", known.counts[kind])
        for kind in OF_TEXT
        if kind in known.counts
    ]
    groups = [
        KindRow(OverlapKind.GROUP, name_rule(OverlapKind.GROUP, path), path, count)
        for overlap in known.groups
        if (path := overlap.group_path)
        and (count := overlap.counts.get(OverlapKind.GROUP)) is not None
    ]
    return texts + groups


def _named(session: Session, version_id: int) -> NamedVersion:
    return name_version(session, get_version(session, version_id))


def _choose(
    session: Session, version: DatasetVersion, against_id: int | None
) -> DatasetVersion | None:
    """The one asked for, else a part of the same split, else the last one compared with."""
    if against_id is not None:
        return get_version(session, against_id) if against_id != version.id else None
    query = select(Overlap.against_id).where(Overlap.version_id == version.id)
    compared = session.exec(query.order_by(col(Overlap.id).desc())).first()
    siblings = list_siblings(session, version)
    return siblings[0] if siblings else get_version(session, compared) if compared else None


def _offers(session: Session, version: DatasetVersion) -> dict[str, list[NamedVersion]]:
    """By heading, in the reader's language; versions that are checked, each once."""
    siblings = {each.id for each in list_siblings(session, version)}
    parts, own, others = list[NamedVersion](), list[NamedVersion](), list[NamedVersion]()
    for named in _list_checked(session, version):
        if named.version.id in siblings:
            parts.append(named)
        elif named.version.dataset_id == version.dataset_id:
            own.append(named)
        else:
            others.append(named)
    headed = {
        gettext("Parts of the same split"): parts,
        gettext("Versions of this dataset"): own,
        gettext("Other datasets"): others,
    }
    return {heading: versions for heading, versions in headed.items() if versions}


def _list_checked(session: Session, besides: DatasetVersion) -> list[NamedVersion]:
    """Those of the same dataset first, then the newest."""
    checked = [status for status in VersionStatus if status.is_checked]
    query = (
        select(DatasetVersion, Dataset.name)
        .join(Dataset, col(Dataset.id) == col(DatasetVersion.dataset_id))
        .where(col(DatasetVersion.status).in_(checked), DatasetVersion.id != besides.id)
        .order_by(
            (col(DatasetVersion.dataset_id) == besides.dataset_id).desc(),
            col(DatasetVersion.id).desc(),
        )
    )
    return [NamedVersion(*found) for found in session.exec(query.limit(MOST_OFFERED))]


def _paths_of_both(storage: Storage, version: DatasetVersion, against: DatasetVersion) -> list[str]:
    theirs = set(_paths(storage, against))
    return [path for path in _paths(storage, version) if path in theirs]


def _paths(storage: Storage, version: DatasetVersion) -> Iterator[str]:
    index = open_index(storage, version)
    if index is not None:
        with open_bytes(storage, version) as stream:
            yield from list_paths(stream, index)


def _view_pairs(
    session: Session, storage: Storage, known: KnownOverlap, row: KindRow, page: int
) -> PairsPage | None:
    """None while only their number is known."""
    overlap = next((o for o in known.comparisons if o.group_path == row.group_path), None)
    found = open_pairs(storage, session, overlap, row.kind) if overlap else None
    if found is None:
        return None
    return view_pairs(storage, known.version, known.against, found, row.kind, row.group_path, page)

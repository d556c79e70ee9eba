"""What is known of the overlap of two versions: all of it, the exact part, or nothing yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.models import DatasetVersion
from app.datasets.overlap.comparing import count_exact
from app.datasets.overlap.kinds import IN_BOTH, OverlapKind
from app.datasets.overlap.models import Overlap
from app.datasets.overlap.service import list_overlaps

# Lines of both versions together that are looked through while somebody waits.
MOST_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class KnownOverlap:
    """`texts` is the comparison of what they say, `groups` those by a key.

    `counts` holds examples of the version by kind: without the exact kind nothing is known.
    """

    version: DatasetVersion
    against: DatasetVersion
    texts: Overlap | None
    groups: Sequence[Overlap]
    counts: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        return self.texts is not None and self.texts.is_done

    @property
    def is_waiting(self) -> bool:
        return any(each.is_waiting for each in self.comparisons)

    @property
    def comparisons(self) -> list[Overlap]:
        return [*([self.texts] if self.texts else []), *self.groups]

    @property
    def total(self) -> int:
        return self.version.example_count or 0

    @property
    def exact_count(self) -> int | None:
        return self.counts.get(OverlapKind.EXACT)

    @property
    def conversation_count(self) -> int:
        return self.counts.get(OverlapKind.CONVERSATION, 0)

    @property
    def same_count(self) -> int:
        """Examples that are in both, exactly or nearly."""
        return sum(self.counts.get(kind, 0) for kind in IN_BOTH)


def know_overlap(
    session: Session, storage: Storage, version: DatasetVersion, against: DatasetVersion
) -> KnownOverlap:
    """Not compared yet, the exact overlap is counted at once unless the versions are large."""
    found = list_overlaps(session, version.id or 0, against.id or 0)
    texts = next((each for each in found if not each.group_path), None)
    counts = dict(texts.counts) if texts is not None else {}
    if OverlapKind.EXACT not in counts:
        exact = count_at_once(storage, version, against)
        counts |= {} if exact is None else {OverlapKind.EXACT: exact}
    groups = [each for each in found if each.group_path]
    return KnownOverlap(version, against, texts, groups, counts)


def count_at_once(storage: Storage, version: DatasetVersion, against: DatasetVersion) -> int | None:
    """Examples of the version that the other has exactly; None for large or lost indexes."""
    if (version.line_count or 0) + (against.line_count or 0) > MOST_AT_ONCE:
        return None
    index, other = open_index(storage, version), open_index(storage, against)
    return None if index is None or other is None else count_exact(index, other)

"""Pairs of examples side by side, with the words that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from app.core.storage import Storage
from app.datasets.browsing import page_count
from app.datasets.checking import open_index
from app.datasets.conversations import Conversation, Turn, build_conversation
from app.datasets.models import DatasetVersion
from app.datasets.overlap.grouping import group_at
from app.datasets.overlap.kinds import OverlapKind
from app.datasets.overlap.marking import Marked, mark_differences
from app.datasets.overlap.pairs_file import Pairs, Rows
from app.datasets.reading import Example, read_rows
from app.datasets.version_pages import open_bytes

PAIRS_PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class TurnView:
    turn: Turn
    text: Marked


@dataclass(frozen=True, slots=True)
class SideView:
    line: int
    turns: Sequence[TurnView]
    turns_left_out: int


@dataclass(frozen=True, slots=True)
class PairView:
    """`group` is the value that both have, where they are a pair by that."""

    version: SideView
    against: SideView
    group: str


@dataclass(frozen=True, slots=True)
class PairsPage:
    pairs: Sequence[PairView]
    page: int
    pages: int
    total: int


def view_pairs(
    storage: Storage,
    version: DatasetVersion,
    against: DatasetVersion,
    found: Pairs,
    kind: OverlapKind,
    group_path: str,
    page: int,
) -> PairsPage:
    pages = page_count(len(found), PAIRS_PER_PAGE)
    page = min(page, pages)
    part = slice((page - 1) * PAIRS_PER_PAGE, page * PAIRS_PER_PAGE)
    ours = _read(storage, version, found.rows[part])
    theirs = _read(storage, against, found.partners[part])
    pairs = [
        _view_pair(one, other, kind, group_path) for one, other in zip(ours, theirs, strict=True)
    ]
    return PairsPage(pairs, page, pages, len(found))


def _read(storage: Storage, version: DatasetVersion, rows: Rows) -> list[Example]:
    index = open_index(storage, version)
    if index is None:
        return []
    with open_bytes(storage, version) as stream:
        return read_rows(stream, index, rows)


def _view_pair(one: Example, other: Example, kind: OverlapKind, group_path: str) -> PairView:
    left, right = build_conversation(one), build_conversation(other)
    marks = [_mark(first, second, kind) for first, second in zip_longest(left.turns, right.turns)]
    return PairView(
        version=_side(one.line, left, [ours for ours, _ in marks]),
        against=_side(other.line, right, [theirs for _, theirs in marks]),
        group=(group_at(one.value, group_path) or "") if group_path else "",
    )


def _mark(one: Turn | None, other: Turn | None, kind: OverlapKind) -> tuple[Marked, Marked]:
    """Where texts are the same but for writing, the writing is what differs."""
    if one is None or other is None:
        return Marked(one.text if one else "", "", ""), Marked(other.text if other else "", "", "")
    return mark_differences(one.text, other.text, is_strict=kind is OverlapKind.NORMALISED)


def _side(line: int, conversation: Conversation, marks: Sequence[Marked]) -> SideView:
    turns = zip(conversation.turns, marks, strict=False)
    return SideView(line, [TurnView(*each) for each in turns], conversation.turns_left_out)

"""Which lines of a version stay: each step that leaves lines out is asked in its turn.

Nothing is read but the index and what stands beside it; only contradictory answers are looked up.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlmodel import Session

from app.core.errors import Conflict, Invalid
from app.core.storage import Storage
from app.datasets import rules_lines
from app.datasets.catalogue import RULES
from app.datasets.deep.groups import Groups
from app.datasets.deep.groups_file import BrokenGroups, groups_path, read_groups
from app.datasets.deep.looking import Kind
from app.datasets.deep.rows import find_rows
from app.datasets.deep.texts import normalise, take_apart
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.models import DatasetVersion
from app.datasets.overlap.rows import find_overlapping_rows
from app.datasets.reading import iter_lines
from app.datasets.rules import Fix, Severity
from app.recipes.fixes import find_edit
from app.recipes.steps import Step

ERRORS = tuple(rule.id for rule in RULES if rule.severity is Severity.ERROR)
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Source:
    """A checked version, open for reading."""

    storage: Storage
    version: DatasetVersion
    index: ExampleIndex
    stream: BinaryIO

    @property
    def format(self) -> DatasetFormat:
        return DatasetFormat(self.index.header["format"])


@dataclass(slots=True)
class Selection:
    """`left_out` and `ties` count lines by step; a line counts for the first step that drops it.

    `ties` are those of the contradictory whose answers are equally frequent. `first_lines` are
    rows that a step drops, a few of each. Steps in `unknown` would take too long to count.
    """

    kept: Mask
    left_out: list[int] = field(default_factory=list)
    ties: list[int] = field(default_factory=list)
    first_rows: list[list[int]] = field(default_factory=list)
    unknown: list[Step] = field(default_factory=list)

    @property
    def rows(self) -> Rows:
        return np.flatnonzero(self.kept)


SHOWN_ROWS = 3


def select_lines(
    session: Session, source: Source, steps: Sequence[Step], most_answers: int | None = None
) -> Selection:
    """With `most_answers`, contradictory answers are left alone where they are more.

    Raises Invalid where a step needs a comparison that is not there.
    """
    selection = Selection(np.ones(len(source.index), np.bool_))
    for step in steps:
        dropped, ties = _find_dropped(session, source, step, selection, most_answers)
        fresh = dropped[selection.kept[dropped]]
        selection.kept[fresh] = False
        selection.left_out.append(len(fresh))
        selection.ties.append(ties)
        selection.first_rows.append(fresh[:SHOWN_ROWS].tolist())
    return selection


def find_identities(source: Source, steps: Sequence[Step]) -> NDArray[np.uint64]:
    """By which a split keeps rows together. Texts that are edited may become the same, so what
    differs only in writing counts as the same then.

    Raises Invalid where that was not looked at yet.
    """
    hashes = source.index.content_hash
    if not any(find_edit(step) for step in steps):
        return hashes
    groups, identities = _groups(source, Kind.NORMALISED), hashes.copy()
    first = hashes[groups.rows[groups.starts[:-1]]]
    identities[groups.rows] = np.repeat(first, np.diff(groups.starts))
    return identities


def _find_dropped(
    session: Session, source: Source, step: Step, selection: Selection, most_answers: int | None
) -> tuple[Rows, int]:
    """Rows, ascending, and how many of them go because of a tie."""
    match step.fix:
        case Fix.DROP_CONTRADICTORY:
            groups = _groups(source, Kind.CONTRADICTORY)
            if most_answers is not None and len(groups.rows) > most_answers:
                selection.unknown.append(step)
                return np.empty(0, np.int64), 0
            return _less_frequent(source, groups, selection.kept)
        case Fix.DROP_NEAR:
            return _all_but_first(_groups(source, Kind.NEAR), selection.kept), 0
        case Fix.DROP_OVERLAP:
            return _overlapping(session, source, step), 0
        case _:
            return _marked(source, step), 0


def _marked(source: Source, step: Step) -> Rows:
    """Rows that the check has marked."""
    match step.fix:
        case Fix.DROP_BROKEN:
            return _rows_breaking(source.index, ERRORS)
        case Fix.DROP_LINES:
            return find_rows(source.storage, source.version, source.index, step.rule)
        case Fix.DROP_DUPLICATES:
            return source.index.rows_with(rules_lines.DUPLICATE_EXAMPLE.id)
        case Fix.UNIX_LINES:
            return source.index.rows_with(rules_lines.BLANK_LINE.id)
        case _:
            return np.empty(0, np.int64)


def _rows_breaking(index: ExampleIndex, rule_ids: Iterable[str]) -> Rows:
    found = [index.rows_with(rule_id) for rule_id in rule_ids]
    return np.unique(np.concatenate(found))


def _groups(source: Source, kind: Kind) -> Groups:
    try:
        return read_groups(groups_path(source.storage, source.version.sha256), kind.value)
    except (FileNotFoundError, BrokenGroups, KeyError):
        raise Invalid(
            "The examples are still being compared with each other. Try again once the report "
            "shows those that are alike.",
            field="fix",
        ) from None


def _overlapping(session: Session, source: Source, step: Step) -> Rows:
    try:
        return find_overlapping_rows(
            source.storage, session, source.version.id or 0, step.against or 0, step.kinds
        )
    except Conflict:
        raise Invalid("The two versions were not compared yet.", field="against") from None


def _all_but_first(groups: Groups, kept: Mask) -> Rows:
    """Of each group the first that is still there stays."""
    numbers = np.repeat(np.arange(len(groups)), np.diff(groups.starts))
    stays = kept[groups.rows]
    rows, numbers = groups.rows[stays], numbers[stays]
    _, first = np.unique(numbers, return_index=True)
    return np.sort(np.delete(rows, first))


def _less_frequent(source: Source, groups: Groups, kept: Mask) -> tuple[Rows, int]:
    dropped, ties = [np.empty(0, np.int64)], 0
    for number in range(len(groups)):
        rows = groups.group(number)
        rows = rows[kept[rows]]
        is_best, is_tie = _find_best(_answers(source, rows))
        dropped.append(rows[~is_best])
        ties += len(rows) if is_tie else 0
    return np.sort(np.concatenate(dropped)), ties


def _find_best(answers: list[str]) -> tuple[Mask, bool]:
    """Which give the most frequent answer: none where two are equally frequent."""
    counts = Counter(answers).most_common(2)
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        return np.zeros(len(answers), np.bool_), True
    return np.array([answer == counts[0][0] for answer in answers], np.bool_), False


def _answers(source: Source, rows: Rows) -> list[str]:
    lines = iter_lines(source.stream, source.index, rows)
    return [normalise(take_apart(orjson.loads(line), source.format).answer) for line in lines]

"""What can be said only once all rows have been seen: marked in the index, noted in its header.

Done at the end of a check, on what is written of the index by then; memory stays the same
whatever the length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_advice, rules_completion
from app.datasets.formats import DatasetFormat
from app.datasets.index_writer import IndexWriter
from app.datasets.measures import Role
from app.datasets.pairs import find_odd_rows, survey_pairs

MAX_PROMPTS = 10_000
MAX_CLASSES_SHARE = 1 / 3
MARKED_ROWS = 1 << 20
SYSTEM_BITS = int(Role.SYSTEM | Role.DEVELOPER)
ODD_RULES = {
    "prompt": {
        "capitals": rules_completion.UPPER_CASE_PROMPTS,
        "other_end": rules_completion.INCONSISTENT_SEPARATOR,
        "end_inside": rules_completion.SEPARATOR_INSIDE,
    },
    "completion": {
        "capitals": rules_completion.UPPER_CASE_COMPLETIONS,
        "other_end": rules_completion.INCONSISTENT_END_MARKER,
        "end_inside": rules_completion.END_MARKER_INSIDE,
    },
}


@dataclass(frozen=True, slots=True)
class Systems:
    """System prompts: how many different ones (at most MAX_PROMPTS), and the most common one."""

    with_count: int = 0
    without_count: int = 0
    different_count: int = 0
    most_count: int = 0
    most_line: int = 0


def survey_whole_set(
    path: Path,
    row_format: DatasetFormat,
    max_line_bytes: int,
    writer: IndexWriter,
    labels: Sequence[str],
) -> dict[str, Any]:
    """Marks rows of `writer`; answers what its header is to say beside."""
    if row_format is DatasetFormat.COMPLETION:
        found = {"pairs": _survey_pairs(path, max_line_bytes, writer, labels)}
    else:
        found = {"systems": asdict(_survey_systems(writer))}
    return found | {"bytes": path.stat().st_size}


def _survey_pairs(
    path: Path, max_line_bytes: int, writer: IndexWriter, labels: Sequence[str]
) -> dict[str, Any]:
    pairs = survey_pairs(path, max_line_bytes)
    pairs.is_classification = 0 < len(labels) < MAX_CLASSES_SHARE * pairs.completions.count
    for side, odd in find_odd_rows(path, max_line_bytes, pairs).items():
        for kind, rule in ODD_RULES[side].items():
            rows: NDArray[np.int64] = getattr(odd, kind)
            if len(rows):
                writer.mark(rows, rule.id)
    limit = rules_completion.OLD_TOKEN_LIMIT
    _mark(writer, rules_completion.OVER_2048_TOKENS.id, _rows(writer, "tokens", limit))
    return pairs.to_dict()


def _survey_systems(writer: IndexWriter) -> Systems:
    with_count, without_count = _count_roles(writer)
    hashes, counts = _count_prompts(writer)
    if not len(hashes):
        return Systems(with_count, without_count)
    most, most_count = hashes[np.argmax(counts)], int(counts.max())
    systems = Systems(
        with_count, without_count, len(hashes), most_count, _first_row(writer, most) + 1
    )
    if with_count and without_count:
        _mark_mixed(writer, is_odd=with_count < without_count)
    if len(hashes) > 1:
        is_slip = most_count >= rules_advice.SLIP_SHARE * with_count
        rule = rules_advice.INCONSISTENT_SYSTEM if is_slip else rules_advice.SEVERAL_SYSTEM
        _mark(writer, rule.id, _rows_differing(writer, most))
    return systems


def _count_roles(writer: IndexWriter) -> tuple[int, int]:
    """Examples with and without a system prompt."""
    examples = with_system = 0
    for roles in _paired(writer, "turns", "roles"):
        examples += len(roles)
        with_system += int(np.count_nonzero(roles & SYSTEM_BITS))
    return with_system, examples - with_system


def _paired(writer: IndexWriter, turns: str, column: str) -> Iterator[NDArray[Any]]:
    """A column where there are turns."""
    parts = zip(writer.parts(turns), writer.parts(column), strict=True)
    for (_, counted), (_, values) in parts:
        yield values[counted > 0]


def _count_prompts(writer: IndexWriter) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of different prompts, ascending, and how often each; the first MAX_PROMPTS."""
    known, counts = np.empty(0, np.uint64), np.empty(0, np.int64)
    for _, part in writer.parts("system_hash"):
        hashes, found = np.unique(part[part != 0], return_counts=True)
        if len(known) >= MAX_PROMPTS:
            hashes, found = hashes[keep := np.isin(hashes, known)], found[keep]
        merged, places = np.unique(np.concatenate([known, hashes]), return_inverse=True)
        sums = np.zeros(len(merged), np.int64)
        np.add.at(sums, places, np.concatenate([counts, found]))
        known, counts = merged, sums
    return known, counts


def _first_row(writer: IndexWriter, system_hash: np.uint64) -> int:
    for start, part in writer.parts("system_hash"):
        found = np.flatnonzero(part == system_hash)
        if len(found):
            return start + int(found[0])
    return 0


def _mark_mixed(writer: IndexWriter, *, is_odd: bool) -> None:
    """Those fewer: with a system prompt where `is_odd`, else without."""
    rule = rules_advice.MIXED_SYSTEM
    parts = zip(writer.parts("turns"), writer.parts("roles"), strict=True)
    rows = (
        start + np.flatnonzero((turns > 0) & (((roles & SYSTEM_BITS) != 0) == is_odd))
        for (start, turns), (_, roles) in parts
    )
    _mark(writer, rule.id, rows)


def _rows_differing(writer: IndexWriter, most: np.uint64) -> Iterator[NDArray[np.int64]]:
    for start, part in writer.parts("system_hash"):
        yield start + np.flatnonzero((part != 0) & (part != most))


def _rows(writer: IndexWriter, column: str, limit: int) -> Iterator[NDArray[np.int64]]:
    for start, part in writer.parts(column):
        yield start + np.flatnonzero(part > limit)


def _mark(writer: IndexWriter, rule_id: str, parts: Iterator[NDArray[np.int64]]) -> None:
    waiting: list[NDArray[np.int64]] = []
    for rows in parts:
        waiting.append(rows)
        if sum(map(len, waiting)) >= MARKED_ROWS:
            writer.mark(np.concatenate(waiting), rule_id)
            waiting = []
    if any(map(len, waiting)):
        writer.mark(np.concatenate(waiting), rule_id)

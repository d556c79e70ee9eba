"""Which examples of a version are known from another one, and from which of its rows.

    compared = compare_texts(version, against, progress)
    compared.pairs[OverlapKind.NEAR].rows          # of the version, ascending
    compared.pairs[OverlapKind.NEAR].partners      # of the other, the first that is much like it

Memory: 100 bytes an example of the version, and a sketch for each of its first MOST_COMPARED
different texts. The other version only passes by, whatever its length.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from app.datasets.example_index import ExampleIndex
from app.datasets.overlap.keys import (
    Numbers,
    Rows,
    Side,
    iter_batches,
    read_group_keys,
    read_text_keys,
)
from app.datasets.overlap.kinds import OverlapKind
from app.datasets.overlap.matching import NOBODY, FirstMatches, NearMatches
from app.datasets.overlap.pairs_file import Pairs

Progress = Callable[[int, int], bool]


class ComparisonCancelled(Exception):
    """The progress callback answered False."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Of `different_count` texts of the version `compared_count` were compared for likeness."""

    pairs: Mapping[OverlapKind, Pairs]
    compared_count: int = 0
    different_count: int = 0

    @property
    def affected_count(self) -> int:
        """Examples of the version that overlap in any way."""
        rows = [pairs.rows for pairs in self.pairs.values()]
        return len(np.unique(np.concatenate(rows)))


class _Steps:
    """Counts rows of both versions for the progress."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._done = 0

    def over(self, rows: Rows) -> Iterable[Rows]:
        for batch in iter_batches(rows):
            if not self._progress(self._done, self._total):
                raise ComparisonCancelled
            yield batch
            self._done += len(batch)


def compare_texts(version: Side, against: Side, progress: Progress) -> Compared:
    """Raises ComparisonCancelled when `progress(done, total)` answers False."""
    rows, others = version.index.example_rows(), against.index.example_rows()
    steps = _Steps(len(rows) + len(others), progress)
    texts = _Texts(version, rows, steps)
    for batch in steps.over(others):
        texts.meet(against, batch)
    return texts.compared()


def compare_groups(version: Side, against: Side, path: str, progress: Progress) -> Compared:
    """By the value at a path alone. Raises ComparisonCancelled."""
    rows, others = version.index.example_rows(), against.index.example_rows()
    steps = _Steps(len(rows) + len(others), progress)
    keys = [read_group_keys(version, batch, path) for batch in steps.over(rows)]
    groups = FirstMatches(np.concatenate([np.empty(0, np.uint64), *keys]))
    for batch in steps.over(others):
        groups.meet(read_group_keys(against, batch, path), batch)
    return Compared({OverlapKind.GROUP: _pairs(rows, groups.partners())})


def count_exact(version: ExampleIndex, against: ExampleIndex) -> int:
    """Examples of the version that the other has too, by the two indexes alone."""
    known = np.unique(against.content_hash[against.example_rows()])
    if not len(known):
        return 0
    found = 0
    for part in version.slices():
        hashes = version.content_hash[part]
        places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        found += int(np.count_nonzero(known[places] == hashes))
    return found


class _Texts:
    """The version by its keys, and what of the other was found to be like it."""

    def __init__(self, version: Side, rows: Rows, steps: _Steps) -> None:
        self._rows = rows
        self._near = NearMatches()
        self._wholes = np.zeros(len(rows), np.uint64)
        beginnings = np.zeros(len(rows), np.uint64)
        start = 0
        for batch in steps.over(rows):
            for place, keys in enumerate(read_text_keys(version, batch), start):
                self._wholes[place], beginnings[place] = keys.whole, keys.beginning
                self._near.add(keys)
            start += len(batch)
        self._exact = FirstMatches(version.index.content_hash[rows])
        self._same = FirstMatches(self._wholes)
        self._begun = FirstMatches(beginnings)

    def meet(self, against: Side, batch: Rows) -> None:
        keys = read_text_keys(against, batch)
        self._exact.meet(against.index.content_hash[batch], batch)
        self._same.meet(_numbers(each.whole for each in keys), batch)
        self._begun.meet(_numbers(each.beginning for each in keys), batch)
        self._near.meet(keys, batch)

    def compared(self) -> Compared:
        exact, same = self._exact.partners(), self._same.partners()
        near, begun = self._near.partners(self._wholes), self._begun.partners()
        is_exact, is_same = exact != NOBODY, same != NOBODY
        pairs = {
            OverlapKind.EXACT: _pairs(self._rows, exact),
            OverlapKind.NORMALISED: _pairs(self._rows, same, besides=is_exact),
            OverlapKind.NEAR: _pairs(self._rows, near, besides=is_exact | is_same),
            OverlapKind.CONVERSATION: _pairs(self._rows, begun, besides=is_exact | is_same),
        }
        return Compared(pairs, self._near.compared_count, len(np.unique(self._wholes)))


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, np.uint64)


def _pairs(
    rows: Rows, partners: Rows, *, besides: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
) -> Pairs:
    chosen = partners != NOBODY
    if besides is not None:
        chosen &= ~besides
    return Pairs(rows[chosen], partners[chosen])

"""Rows of an index that meet conditions, in an order: found in slices, never held whole.

    selection = Selection(index, [within(index.tokens, 20, 100)], Order(index.tokens, is_down=True))
    selection.count, selection.page(40, 20), selection.neighbours(row)

A page of millions of sorted rows takes three passes over the columns: how many rows have a key of
the same upper half, how many the same key, and the rows themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.datasets.example_index import ExampleIndex

HALF_BITS = 16
HALF = 1 << HALF_BITS

Mask = NDArray[np.bool_]
Keys = NDArray[np.uint32]
Rows = NDArray[np.int64]
Condition = Callable[[slice], Mask]


@dataclass(frozen=True, slots=True)
class Order:
    """By a column of 32 bits, rows with the same value as in the version."""

    column: NDArray[np.uint32]
    is_down: bool = False

    def keys(self, part: slice) -> Keys:
        values = self.column[part]
        return ~values if self.is_down else values


def within(column: NDArray[Any], low: int, high: int | None) -> Condition:
    """From `low` up to `high`, both included."""
    if high is None:
        return lambda part: column[part] >= low
    return lambda part: (column[part] >= low) & (column[part] <= high)


def among(rows: Rows) -> Condition:
    """`rows` ascend."""

    def mask(part: slice) -> Mask:
        low, high = np.searchsorted(rows, (part.start, part.stop))
        found = np.zeros(part.stop - part.start, np.bool_)
        found[rows[low:high] - part.start] = True
        return found

    return mask


class Selection:
    def __init__(
        self, index: ExampleIndex, conditions: Sequence[Condition] = (), order: Order | None = None
    ) -> None:
        self._index = index
        self._conditions = conditions
        self._order = order

    @cached_property
    def count(self) -> int:
        return len(self._index) if not self._conditions else sum(self._counts)

    def page(self, first: int, count: int) -> Rows:
        """Row numbers from place `first` on, counted from 0."""
        last = min(first + count, self.count)
        if first >= last:
            return np.empty(0, np.int64)
        if self._order is not None:
            return self._sorted_page(self._order, first, last)
        return self._page(first, last) if self._conditions else np.arange(first, last)

    def neighbours(self, row: int) -> tuple[int | None, int | None]:
        """The rows before and after this one, which need not be among them."""
        key = int(self._keys(slice(row, row + 1))[0])
        before: list[tuple[int, int]] = []
        after: list[tuple[int, int]] = []
        for part in self._parts():
            mask, keys = self.passes(part), self._keys(part)
            rows = np.arange(part.start, part.stop)
            before += _last(keys, rows, mask & ((keys < key) | ((keys == key) & (rows < row))))
            after += _first(keys, rows, mask & ((keys > key) | ((keys == key) & (rows > row))))
        return max(before, default=(0, None))[1], min(after, default=(0, None))[1]

    def passes(self, part: slice) -> Mask:
        """Which rows of a part meet all conditions."""
        mask = np.ones(part.stop - part.start, np.bool_)
        for condition in self._conditions:
            mask &= condition(part)
        return mask

    @cached_property
    def _counts(self) -> list[int]:
        return [int(np.count_nonzero(self.passes(part))) for part in self._parts()]

    def _page(self, first: int, last: int) -> Rows:
        found, start = [], 0
        for part, count in zip(self._parts(), self._counts, strict=True):
            if start < last and start + count > first:
                rows = np.flatnonzero(self.passes(part)) + part.start
                found.append(rows[max(0, first - start) : last - start])
            start += count
        return np.concatenate(found)

    def _sorted_page(self, order: Order, first: int, last: int) -> Rows:
        (low, below), (high, _) = self._find_keys(order, first, last - 1)
        skip, wanted = first - below, last - first
        found: list[tuple[Rows, Keys]] = []
        for part, keys in self._masked(order):
            at_low, at_high = part[keys == low], part[keys == high]
            between = (keys > low) & (keys < high)
            found.append((at_low[skip : skip + wanted], np.full(1, low, np.uint32)))
            found.append((part[between], keys[between]))
            if high != low:
                found.append((at_high[:wanted], np.full(1, high, np.uint32)))
            skip = max(0, skip - len(at_low))
        rows = np.concatenate([rows for rows, _ in found])
        every = np.concatenate([np.broadcast_to(keys, rows.shape) for rows, keys in found])
        return rows[np.lexsort((rows, every))][:wanted]

    def _find_keys(self, order: Order, *places: int) -> list[tuple[int, int]]:
        """The key at each place of the order, and how many rows have a smaller one."""
        upper = np.zeros(HALF, np.int64)
        for _, keys in self._masked(order):
            upper += np.bincount(keys >> HALF_BITS, minlength=HALF)
        halves = [_place_in(upper, place) for place in places]
        lower = {half: np.zeros(HALF, np.int64) for half, _ in halves}
        for _, keys in self._masked(order):
            for half in lower:
                here = keys[keys >> HALF_BITS == half]
                lower[half] += np.bincount(here & (HALF - 1), minlength=HALF)
        found = []
        for (half, below), place in zip(halves, places, strict=True):
            rest, below_rest = _place_in(lower[half], place - below)
            found.append((half << HALF_BITS | rest, below + below_rest))
        return found

    def _masked(self, order: Order) -> Iterator[tuple[Rows, Keys]]:
        """The rows that meet the conditions and their keys, part by part."""
        for part in self._parts():
            rows = np.flatnonzero(self.passes(part))
            yield rows + part.start, order.keys(part)[rows]

    def _keys(self, part: slice) -> Keys:
        """Without an order all are the same."""
        if self._order is None:
            return np.zeros(part.stop - part.start, np.uint32)
        return self._order.keys(part)

    def _parts(self) -> Iterator[slice]:
        for part in self._index.slices():
            yield slice(part.start, min(part.stop, len(self._index)))


def _place_in(counts: NDArray[np.int64], place: int) -> tuple[int, int]:
    """The number that stands at a place, when each is there so often; and how many are smaller."""
    ends = np.cumsum(counts)
    number = int(np.searchsorted(ends, place, side="right"))
    return number, int(ends[number] - counts[number])


def _last(keys: Keys, rows: Rows, mask: Mask) -> list[tuple[int, int]]:
    if not mask.any():
        return []
    key = keys[mask].max()
    return [(int(key), int(rows[mask & (keys == key)][-1]))]


def _first(keys: Keys, rows: Rows, mask: Mask) -> list[tuple[int, int]]:
    if not mask.any():
        return []
    key = keys[mask].min()
    return [(int(key), int(rows[mask & (keys == key)][0]))]

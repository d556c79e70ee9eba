"""Distributions of whole numbers in constant memory, equal to NumPy's to the last bit."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

HISTOGRAM_BINS = 40


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each value occurs; `values` ascend."""

    values: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, parts: Iterable[NDArray[Any]]) -> Self:
        """Takes a column in parts, so that only different values are held."""
        tally = cls(np.empty(0, np.int64), np.empty(0, np.int64))
        for part in parts:
            values, counts = np.unique(part.astype(np.int64), return_counts=True)
            tally = tally.merged(values, counts)
        return tally

    def merged(self, values: NDArray[np.int64], counts: NDArray[np.int64]) -> Self:
        every, places = np.unique(np.concatenate([self.values, values]), return_inverse=True)
        sums = np.zeros(len(every), np.int64)
        np.add.at(sums, places, np.concatenate([self.counts, counts]))
        return type(self)(every, sums)

    @property
    def size(self) -> int:
        return int(self.counts.sum())

    @property
    def total(self) -> int:
        return int((self.values * self.counts).sum())

    def sum_up_to(self, limit: int | None) -> int:
        """The sum where no value counts for more than the limit."""
        values = self.values if limit is None else np.minimum(self.values, limit)
        return int((values * self.counts).sum())

    def count_over(self, limit: int | None) -> int:
        return 0 if limit is None else int(self.counts[self.values > limit].sum())


@dataclass(frozen=True, slots=True)
class Distribution:
    """All zeros where there is nothing to describe. `p10` and `p90` as `numpy.quantile`."""

    min: int = 0
    max: int = 0
    mean: float = 0.0
    median: float = 0.0
    p10: float = 0.0
    p90: float = 0.0

    @classmethod
    def of(cls, tally: Tally) -> Self:
        if not tally.size:
            return cls()
        return cls(
            min=int(tally.values[0]),
            max=int(tally.values[-1]),
            mean=tally.total / tally.size,
            median=_quantile(tally, 0.5),
            p10=_quantile(tally, 0.1),
            p90=_quantile(tally, 0.9),
        )


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[i]` values lie in `start + i * width` up to below `start + (i + 1) * width`."""

    start: int = 0
    width: int = 1
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, tally: Tally) -> Self:
        if not tally.size:
            return cls()
        width = _round_width(int(tally.values[-1] - tally.values[0]) + 1)
        start = int(tally.values[0]) // width * width
        bins = np.bincount((tally.values - start) // width, weights=tally.counts)
        return cls(start, width, tuple(int(count) for count in bins))


def _quantile(tally: Tally, share: float) -> float:
    """Linear between the two nearest, added up in NumPy's order so that no bit differs."""
    ends = np.cumsum(tally.counts)
    place = (tally.size - 1) * share
    below = math.floor(place)
    low = int(tally.values[np.searchsorted(ends, below, side="right")])
    above = min(below + 1, tally.size - 1)
    high = int(tally.values[np.searchsorted(ends, above, side="right")])
    rest = place - below
    return float(high - (high - low) * (1 - rest) if rest >= 0.5 else low + (high - low) * rest)


def _round_width(span: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that needs no more than HISTOGRAM_BINS bins."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if span <= step * scale * HISTOGRAM_BINS:
                return step * scale
        scale *= 10

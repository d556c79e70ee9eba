"""Rows that belong together, as arrays: group after group, the largest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Group i is `rows[starts[i]:starts[i + 1]]`, ascending."""

    rows: Rows
    starts: Rows

    def __len__(self) -> int:
        return len(self.starts) - 1

    def group(self, number: int) -> Rows:
        return self.rows[int(self.starts[number]) : int(self.starts[number + 1])]


def group_equal(
    keys: NDArray[np.uint64], rows: Rows, details: NDArray[np.uint64] | None = None
) -> Groups:
    """Groups of two and more rows with equal keys; of equal size, by their first row.

    With `details`, only groups in which they are not all the same. The arrays go together and
    `rows` ascend.
    """
    if not len(keys):
        return Groups(np.empty(0, np.int64), np.zeros(1, np.int64))
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(starts, append=len(keys))
    chosen = sizes >= 2
    if details is not None:
        low = np.minimum.reduceat(details[order], starts)
        chosen &= low != np.maximum.reduceat(details[order], starts)
    return _sorted_by_size(rows[order], starts[chosen], sizes[chosen])


def _sorted_by_size(rows: Rows, starts: Rows, sizes: Rows) -> Groups:
    order = np.lexsort((rows[starts], -sizes))
    starts, sizes = starts[order], sizes[order]
    ends = np.cumsum(sizes)
    begins = np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int64)
    places = np.repeat(starts - begins[:-1], sizes) + np.arange(begins[-1])
    return Groups(rows[places], begins)

"""Splitting rows in two by ratio and seed.

The same rows, ratio and seed give the same parts, on every machine. Examples that repeat each
other exactly stay on one side, so that nothing of the validation part is known from training.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.datasets.example_index import ExampleIndex

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Row numbers in the order of the source; `left_out_count` are lines without an example."""

    training: Rows
    validation: Rows
    left_out_count: int

    @property
    def is_possible(self) -> bool:
        return len(self.training) > 0 and len(self.validation) > 0


def split_rows(index: ExampleIndex, training_percent: int, seed: int) -> Parts:
    rows = index.example_rows()
    is_training = choose_training(index.content_hash[rows], training_percent, seed)
    return Parts(rows[is_training], rows[~is_training], len(index) - len(rows))


def choose_training(
    content_hashes: NDArray[np.uint64], training_percent: int, seed: int
) -> NDArray[np.bool_]:
    """Which of them go into training: the wanted number, as near as whole groups allow.

    Groups of equal hashes are put in an order that the seed decides, and the first ones taken.
    """
    groups, places, sizes = np.unique(content_hashes, return_inverse=True, return_counts=True)
    order = np.argsort(_shuffled(groups, seed), kind="stable")
    ends = np.cumsum(sizes[order])
    wanted = round(len(content_hashes) * training_percent / 100)
    taken = int(np.searchsorted(ends, wanted, side="right"))
    if taken < len(ends) and _is_nearer(ends, taken, wanted):
        taken += 1
    chosen = np.zeros(len(groups), np.bool_)
    chosen[order[:taken]] = True
    return np.asarray(chosen[places])


def _is_nearer(ends: NDArray[np.int64], taken: int, wanted: int) -> bool:
    """Whether taking the next group, too large to fit, still comes nearer."""
    before = int(ends[taken - 1]) if taken else 0
    return int(ends[taken]) - wanted < wanted - before


def _shuffled(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """A different number for each, in no order but the seed's (splitmix64, one to one)."""
    return _mixed(values ^ _mixed(np.array([seed], np.uint64)))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))

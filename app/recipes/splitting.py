"""Splitting rows in two by ratio and seed.

The same rows, ratio and seed give the same parts, on every machine. Examples that repeat each
other exactly stay on one side, so that nothing of the validation part is known from training.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.datasets.example_index import ExampleIndex
from app.datasets.labels import LabelCount

Rows = NDArray[np.int64]
MOST_LABELS = 20


@dataclass(frozen=True, slots=True)
class Parts:
    """Row numbers in the order of the source; `left_out_count` are lines without an example."""

    training: Rows
    validation: Rows
    left_out_count: int


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How often a label stands in each part."""

    label: str
    training: int
    validation: int


@dataclass(frozen=True, slots=True)
class SplitPreview:
    training_count: int
    validation_count: int
    training_tokens: int
    validation_tokens: int
    labels: Sequence[LabelShare]

    @property
    def is_possible(self) -> bool:
        return self.training_count > 0 and self.validation_count > 0


def split_rows(
    index: ExampleIndex,
    lines: Rows,
    training_percent: int,
    seed: int,
    identities: NDArray[np.uint64] | None = None,
) -> Parts:
    """`lines` are the rows that are to be split, ascending. Rows of one identity stay together:
    by default those that say exactly the same."""
    rows = lines[index.format[lines] != 0]
    identities = index.content_hash if identities is None else identities
    is_training = choose_training(identities[rows], training_percent, seed)
    return Parts(rows[is_training], rows[~is_training], len(lines) - len(rows))


def preview_split(index: ExampleIndex, parts: Parts, labels: Sequence[LabelCount]) -> SplitPreview:
    """`labels` are those the report found. Tokens are those of the rows as they are."""
    return SplitPreview(
        training_count=len(parts.training),
        validation_count=len(parts.validation),
        training_tokens=int(index.tokens[parts.training].sum()),
        validation_tokens=int(index.tokens[parts.validation].sum()),
        labels=[
            LabelShare(
                label.label,
                _count_label(index, parts.training, label.label),
                _count_label(index, parts.validation, label.label),
            )
            for label in labels[:MOST_LABELS]
        ],
    )


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


def _count_label(index: ExampleIndex, rows: Rows, label: str) -> int:
    number = index.header["labels"].index(label)
    return int((index.label[rows] == number).sum())

"""One index out of those of the parts: as if the version had been read in one go."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_lines
from app.datasets.example_index import ExampleIndex
from app.datasets.index_writer import IndexWriter
from app.datasets.labels import LabelTable

HASH_BUCKET_ROWS = 1 << 17


def merge(writer: IndexWriter, parts: Iterable[ExampleIndex]) -> list[str]:
    """Appends the parts in order; returns the labels of all of them."""
    labels = LabelTable()
    for part in parts:
        if part.header["labels_given_up"]:
            labels.give_up()
        numbers = [labels.number(label) for label in part.header["labels"]]
        # Position 0 is for rows without a label, whose number is -1.
        writer.append_index(part, np.array([-1, *numbers], np.int32))
    if labels.is_given_up:
        writer.fill("label", -1)
    mark_repeated(writer)
    return labels.labels


def mark_repeated(writer: IndexWriter) -> None:
    """By buckets of hashes, so that sorting never holds more than some hundred thousand."""
    buckets = writer.rows // HASH_BUCKET_ROWS + 1
    for bucket in range(buckets):
        rows, hashes = _bucket(writer, bucket, buckets)
        _, first = np.unique(hashes, return_index=True)
        repeated = np.delete(rows, first)
        if len(repeated):
            writer.mark(repeated, rules_lines.DUPLICATE_EXAMPLE.id)


def _bucket(
    writer: IndexWriter, bucket: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Rows and hashes of the examples of one bucket."""
    rows: list[NDArray[Any]] = [np.empty(0, np.int64)]
    hashes: list[NDArray[Any]] = [np.empty(0, np.uint64)]
    for start, part in writer.parts("content_hash"):
        here = np.flatnonzero((part % np.uint64(buckets) == bucket) & (part != 0))
        rows.append(here + start)
        hashes.append(part[here])
    return np.concatenate(rows), np.concatenate(hashes)

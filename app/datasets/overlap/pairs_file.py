"""Pairs of rows by kind in one file beside the index: a NumPy array, read by memory map."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.overlap.kinds import OverlapKind

KINDS = tuple(OverlapKind)
RECORD = np.dtype([("row", "<i8"), ("partner", "<i8"), ("kind", "u1")])

Rows = NDArray[np.int64]


class BrokenPairs(Exception):
    """The file is cut or of another layout; comparing again writes a new one."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """`rows` of the version, ascending, each with one of the other version."""

    rows: Rows
    partners: Rows

    def __len__(self) -> int:
        return len(self.rows)


def write_pairs(path: Path, pairs: Mapping[OverlapKind, Pairs]) -> None:
    records = np.zeros(sum(map(len, pairs.values())), RECORD)
    start = 0
    for kind in sorted(pairs, key=KINDS.index):
        part = records[start : start + len(pairs[kind])]
        part["row"], part["partner"] = pairs[kind].rows, pairs[kind].partners
        part["kind"] = KINDS.index(kind)
        start += len(part)
    with path.open("wb") as out:
        np.save(out, records, allow_pickle=False)


def read_pairs(path: Path, kind: OverlapKind) -> Pairs:
    """Raises BrokenPairs, or FileNotFoundError."""
    records = _open(path)
    first, last = np.searchsorted(records["kind"], [KINDS.index(kind), KINDS.index(kind) + 1])
    return Pairs(records["row"][first:last], records["partner"][first:last])


def _open(path: Path) -> NDArray[np.void]:
    """An empty array cannot be mapped."""
    try:
        if path.stat().st_size < RECORD.itemsize + 64:
            raise BrokenPairs(path)
        with path.open("rb") as stream:
            np.lib.format.read_magic(stream)
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype != RECORD:
            raise BrokenPairs(path)
        return np.load(path, "r") if shape[0] else np.empty(0, RECORD)
    except (ValueError, EOFError) as error:
        raise BrokenPairs(path) from error

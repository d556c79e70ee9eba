"""Groups of rows by kind in one file beside the index, read by memory map.

A kind is one of examples that are alike, or a rule, whose rows are one group.

8 bytes of magic, 8 with the length of the header, the header as JSON (kind → places and lengths),
then the arrays as little-endian 64-bit numbers.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import orjson

from app.core.storage import Storage
from app.datasets.deep.groups import Groups

GROUPS_SUFFIX = ".groups"
MAGIC = b"TBGROUP1"
NUMBER = np.dtype("<i8")


class BrokenGroups(Exception):
    """The file is cut or of another layout; looking again writes a new one."""


def groups_path(storage: Storage, sha256: str) -> Path:
    return storage.path(sha256, GROUPS_SUFFIX)


def write_groups(path: Path, groups: Mapping[str, Groups]) -> None:
    arrays = [part for each in groups.values() for part in (each.starts, each.rows)]
    header = orjson.dumps(
        {kind: [len(each.starts), len(each.rows)] for kind, each in groups.items()}
    )
    with path.open("wb") as out:
        out.write(MAGIC + len(header).to_bytes(8, "little") + header)
        for array in arrays:
            out.write(array.astype(NUMBER).tobytes())


def read_groups(path: Path, kind: str) -> Groups:
    """Raises BrokenGroups, FileNotFoundError, or KeyError for a kind that is not in it."""
    with path.open("rb") as stream:
        magic, size = stream.read(8), int.from_bytes(stream.read(8), "little")
        if magic != MAGIC or path.stat().st_size < 16 + size:
            raise BrokenGroups(path)
        lengths: dict[str, tuple[int, int]] = orjson.loads(stream.read(size))
    start = 16 + size
    if path.stat().st_size != start + NUMBER.itemsize * sum(map(sum, lengths.values())):
        raise BrokenGroups(path)
    for name, (starts, rows) in lengths.items():
        if name == kind:
            return Groups(
                _map(path, start + NUMBER.itemsize * starts, rows), _map(path, start, starts)
            )
        start += NUMBER.itemsize * (starts + rows)
    raise KeyError(kind)


def _map(path: Path, start: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """An empty array cannot be mapped."""
    if not count:
        return np.empty(0, np.int64)
    return np.memmap(path, NUMBER, "r", offset=start, shape=(count,))

"""The example index: one columnar file beside a version, a row for each of its lines.

Reading (what pages, recipes and splits use):

    index = ExampleIndex.open(path)
    index.tokens[:10]                     # numpy columns, memory-mapped; see COLUMNS
    index.rows_with("special_token")      # row numbers breaking a rule, in order
    index.rows_labelled("bug")
    index.example_rows()                  # rows that hold an example, leaving out blank ones …
    index.header["lines"]                 # what was found out about the whole version

Row i is line i + 1. Cut columns into `slices` where the whole is not needed: memory then stays
the same whatever the length. index_writer.py writes it: 8 bytes of magic, 8 bytes with the length
of the header, the header as JSON (its `columns` say type and offset), one column after the other.
"""

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

MAGIC = b"TBINDEX2"
WORD_BITS = 64
SLICE_ROWS = 1 << 18

COLUMNS = {
    "offset": "<i8",  # of the line in the version, in bytes
    "length": "<i8",  # without the line end
    "format": "<u1",  # 0: holds no example, else 1 + position in DatasetFormat
    "turns": "<u4",  # messages; 0 where there are none to count
    "roles": "<u1",  # bits of measures.Role
    "tokens": "<u4",  # of the whole example, as the tutorials count
    "assistant_tokens": "<u4",
    "content_tokens": "<u4",  # of contents alone, of which providers make the bill
    "content_hash": "<u8",  # 0 where there is no example
    "system_hash": "<u8",  # of the first system prompt, 0 without one
    "label": "<i4",  # position in header["labels"], -1 for none
}


class BrokenIndex(Exception):
    """The index is cut or of another layout; checking the version again writes a new one."""


class ExampleIndex:
    """An index that has been written; nothing of it can be changed."""

    def __init__(self, path: Path, header: dict[str, Any], data: mmap.mmap) -> None:
        self.path = path
        self.header = header
        self._data = data
        self.offset = self.column("offset")
        self.length = self.column("length")
        self.format = self.column("format")
        self.turns = self.column("turns")
        self.roles = self.column("roles")
        self.tokens = self.column("tokens")
        self.assistant_tokens = self.column("assistant_tokens")
        self.content_tokens = self.column("content_tokens")
        self.content_hash = self.column("content_hash")
        self.system_hash = self.column("system_hash")
        self.label = self.column("label")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises BrokenIndex, or FileNotFoundError."""
        with path.open("rb") as stream:
            magic, size = stream.read(8), int.from_bytes(stream.read(8), "little")
            if magic != MAGIC or size > path.stat().st_size:
                raise BrokenIndex(path)
            header = orjson.loads(stream.read(size))
            if path.stat().st_size < header["size"]:
                raise BrokenIndex(path)
            data = mmap.mmap(stream.fileno(), header["size"], access=mmap.ACCESS_READ)
        return cls(path, header, data)

    def __len__(self) -> int:
        return int(self.header["rows"])

    def column(self, name: str) -> NDArray[Any]:
        place = self.header["columns"][name]
        dtype, start = np.dtype(place["type"]), place["offset"]
        return np.frombuffer(self._data, dtype, len(self), start)

    def slices(self) -> Iterator[slice]:
        """Parts to read a column in; pages of the last part are given back before the next."""
        for start in range(0, len(self), SLICE_ROWS):
            yield slice(start, start + SLICE_ROWS)
            if hasattr(mmap, "MADV_DONTNEED"):
                self._data.madvise(mmap.MADV_DONTNEED)

    def example_rows(self) -> NDArray[np.int64]:
        return self._rows(lambda part: self.format[part] != 0)

    def rows_with(self, rule_id: str) -> NDArray[np.int64]:
        """Rows that break the rule; none for a rule unknown when the index was written."""
        return self._rows(self.breaking(rule_id))

    def breaking(self, rule_id: str) -> Callable[[slice], NDArray[np.bool_]]:
        """Which rows of a part break the rule."""
        if rule_id not in self.header["rules"]:
            return lambda part: np.zeros(len(self.format[part]), np.bool_)
        column, mask = self._rule_column(rule_id)
        return lambda part: (column[part] & mask) != 0

    def breaks(self, row: int, rule_id: str) -> bool:
        if rule_id not in self.header["rules"]:
            return False
        column, mask = self._rule_column(rule_id)
        return bool(column[row] & mask)

    def _rule_column(self, rule_id: str) -> tuple[NDArray[Any], np.uint64]:
        word, bit = divmod(self.header["rules"].index(rule_id), WORD_BITS)
        return self.column(f"rules_{word}"), np.uint64(1 << bit)

    def rows_labelled(self, label: str) -> NDArray[np.int64]:
        number = self.label_number(label)
        return self._rows(lambda part: self.label[part] == number)

    def label_number(self, label: str) -> int:
        """As it stands in the column; one that no row has where the label is unknown."""
        labels = self.header["labels"]
        return labels.index(label) if label in labels else -2

    def rule_counts(self) -> dict[str, int]:
        """Rows breaking each rule, for the rules that some row breaks."""
        counts: dict[str, int] = {}
        words = -(-len(self.header["rules"]) // WORD_BITS)
        for word in range(words):
            column = self.column(f"rules_{word}")
            for part in self.slices():
                self._add_counts(counts, column[part], word * WORD_BITS)
        return counts

    def _add_counts(self, counts: dict[str, int], words: NDArray[Any], start: int) -> None:
        present = int(np.bitwise_or.reduce(words))
        for position, rule_id in enumerate(self.header["rules"][start : start + WORD_BITS]):
            if present >> position & 1:
                found = int(np.count_nonzero(words & np.uint64(1 << position)))
                counts[rule_id] = counts.get(rule_id, 0) + found

    def _rows(self, condition: Callable[[slice], NDArray[Any]]) -> NDArray[np.int64]:
        found = [np.flatnonzero(condition(part)) + part.start for part in self.slices()]
        return np.concatenate(found) if found else np.empty(0, np.int64)

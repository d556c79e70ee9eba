"""The example index: one columnar file beside a version, a row for each of its lines.

Reading (what pages, recipes and splits use):

    index = ExampleIndex.open(path)
    index.tokens[:10]                     # numpy columns, memory-mapped; see COLUMNS
    index.rows_with("special_token")      # row numbers breaking a rule, in order
    index.rows_labelled("bug")
    index.example_rows()                  # rows that hold an example, leaving out blank ones …
    index.header["lines"]                 # what was found out about the whole version

Row i is line i + 1. Cut columns into `slices` where the whole is not needed: memory then stays
the same whatever the length. The layout: 8 bytes of magic, 8 bytes with the length of the header,
the header as JSON (its `columns` say name, type and offset), and then one column after the other.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

MAGIC = b"TBINDEX1"
ALIGNMENT = 64
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
    "label": "<i4",  # position in header["labels"], -1 for none
}

Columns = Mapping[str, ArrayLike]


class BrokenIndex(Exception):
    """The index is cut or of another layout; checking the version again writes a new one."""


class ExampleIndex:
    """An index that has been written; nothing of it can be changed."""

    def __init__(self, path: Path, header: dict[str, Any], data: NDArray[np.uint8]) -> None:
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
        return cls(path, header, np.memmap(path, np.uint8, "r"))

    def __len__(self) -> int:
        return int(self.header["rows"])

    def column(self, name: str) -> NDArray[Any]:
        place = self.header["columns"][name]
        dtype, start = np.dtype(place["type"]), place["offset"]
        return self._data[start : start + len(self) * dtype.itemsize].view(dtype)

    def slices(self) -> Iterator[slice]:
        for start in range(0, len(self), SLICE_ROWS):
            yield slice(start, start + SLICE_ROWS)

    def example_rows(self) -> NDArray[np.int64]:
        return self._rows(lambda part: self.format[part] != 0)

    def rows_with(self, rule_id: str) -> NDArray[np.int64]:
        """Rows that break the rule; none for a rule unknown when the index was written."""
        if rule_id not in self.header["rules"]:
            return np.empty(0, np.int64)
        column, mask = self._rule_column(rule_id)
        return self._rows(lambda part: (column[part] & mask) != 0)

    def breaks(self, row: int, rule_id: str) -> bool:
        if rule_id not in self.header["rules"]:
            return False
        column, mask = self._rule_column(rule_id)
        return bool(column[row] & mask)

    def _rule_column(self, rule_id: str) -> tuple[NDArray[Any], np.uint64]:
        word, bit = divmod(self.header["rules"].index(rule_id), WORD_BITS)
        return self.column(f"rules_{word}"), np.uint64(1 << bit)

    def rows_labelled(self, label: str) -> NDArray[np.int64]:
        labels = self.header["labels"]
        number = labels.index(label) if label in labels else -2
        return self._rows(lambda part: self.label[part] == number)

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


class IndexWriter:
    """Appends chunks of rows; `finish` puts the index in its place at once, or it never was.

    Columns grow in files of their own, in a folder beside the index, so memory holds one chunk.
    """

    def __init__(self, path: Path, rules: list[str]) -> None:
        self._path = path
        self._folder = path.with_name(path.name + ".columns")
        self._rules = rules
        words = -(-len(rules) // WORD_BITS)
        self._types = COLUMNS | {f"rules_{word}": "<u8" for word in range(words)}
        self._streams: dict[str, BinaryIO] = {}
        self._closing = ExitStack()
        self.rows = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name in self._types:
            stream = (self._folder / name).open("wb")
            self._streams[name] = self._closing.enter_context(stream)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._closing.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def append(self, columns: Columns, broken_rules: Mapping[int, int]) -> None:
        """`broken_rules`: row of this chunk → bits, of any number, by position in `rules`."""
        count = len(np.asarray(columns["offset"]))
        for name, dtype in COLUMNS.items():
            self._streams[name].write(np.asarray(columns[name]).astype(dtype).tobytes())
        for name, words in _rule_words(broken_rules, count, len(self._types) - len(COLUMNS)):
            self._streams[name].write(words.tobytes())
        self.rows += count

    def read_back(self, name: str) -> NDArray[Any]:
        """A column as written so far, memory-mapped."""
        self._streams[name].flush()
        if not self.rows:
            return np.empty(0, self._types[name])
        return np.memmap(self._folder / name, self._types[name], "r")

    def mark(self, rows: NDArray[np.int64], rule_id: str) -> None:
        """Adds a rule to rows that are written already."""
        if not len(rows):
            return
        word, bit = divmod(self._rules.index(rule_id), WORD_BITS)
        self._streams[f"rules_{word}"].flush()
        column = np.memmap(self._folder / f"rules_{word}", "<u8", "r+")
        column[rows] |= np.uint64(1 << bit)
        column.flush()

    def finish(self, header: dict[str, Any]) -> None:
        head, places, size = self._layout(header)
        part = self._folder / "index"
        with part.open("wb") as out:
            out.write(MAGIC + len(head).to_bytes(8, "little") + head)
            for name, start in places.items():
                self._streams[name].flush()
                out.write(b"\0" * (start - out.tell()))
                with (self._folder / name).open("rb") as column:
                    shutil.copyfileobj(column, out, 1 << 20)
            out.write(b"\0" * (size - out.tell()))
        part.replace(self._path)

    def _layout(self, header: dict[str, Any]) -> tuple[bytes, dict[str, int], int]:
        """The header holds offsets that depend on its own length: room for it is kept."""
        known = header | {"rules": self._rules, "rows": self.rows}
        at = _aligned(len(orjson.dumps(known)) + 64 * len(self._types) + 256)
        starts: dict[str, int] = {}
        for name, dtype in self._types.items():
            starts[name] = at
            at = _aligned(at + self.rows * np.dtype(dtype).itemsize)
        columns = {
            name: {"type": self._types[name], "offset": start} for name, start in starts.items()
        }
        return orjson.dumps(known | {"columns": columns, "size": at}), starts, at


def _rule_words(
    broken_rules: Mapping[int, int], count: int, words: int
) -> Iterator[tuple[str, NDArray[np.uint64]]]:
    for word in range(words):
        column = np.zeros(count, "<u8")
        for row, bits in broken_rules.items():
            column[row] = (bits >> (WORD_BITS * word)) & (2**WORD_BITS - 1)
        yield f"rules_{word}", column


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT

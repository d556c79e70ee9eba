"""Writes an example index in chunks, in constant memory; see example_index.py for what it holds."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

from app.datasets.example_index import COLUMNS, MAGIC, SLICE_ROWS, WORD_BITS, ExampleIndex

ALIGNMENT = 64

Columns = Mapping[str, ArrayLike]


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
        self.close()

    def close(self) -> None:
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

    def append_index(self, index: ExampleIndex, labels: NDArray[np.int32]) -> None:
        """The rows of another index of the same rules; its label n becomes `labels[n + 1]`."""
        for name in self._types:
            stream = self._streams[name]
            for part in index.slices():
                values = index.column(name)[part]
                kept = labels[values + 1] if name == "label" else values
                stream.write(kept.tobytes())
        self.rows += len(index)

    def fill(self, name: str, value: int) -> None:
        """One value for all rows of a column that are written."""
        stream, dtype = self._streams[name], np.dtype(self._types[name])
        stream.seek(0)
        for start in range(0, self.rows, SLICE_ROWS):
            count = min(SLICE_ROWS, self.rows - start)
            stream.write(np.full(count, value, dtype).tobytes())

    def parts(self, name: str) -> Iterator[tuple[int, NDArray[Any]]]:
        """A column as written so far, as (first row, values), each part read anew."""
        self._streams[name].flush()
        dtype = np.dtype(self._types[name])
        with (self._folder / name).open("rb") as stream:
            for start in range(0, self.rows, SLICE_ROWS):
                values = np.frombuffer(stream.read(SLICE_ROWS * dtype.itemsize), dtype)
                yield start, values

    def mark(self, rows: NDArray[np.int64], rule_id: str) -> None:
        """Adds a rule to rows that are written already; `rows` ascend."""
        word, bit = divmod(self._rules.index(rule_id), WORD_BITS)
        name = f"rules_{word}"
        self._streams[name].flush()
        with (self._folder / name).open("r+b") as stream:
            for start, words in self.parts(name):
                low, high = np.searchsorted(rows, (start, start + len(words)))
                if low < high:
                    marked = words.copy()
                    marked[rows[low:high] - start] |= np.uint64(1 << bit)
                    stream.seek(start * words.itemsize)
                    stream.write(marked.tobytes())

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

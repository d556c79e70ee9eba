"""Search in the text of a version: bounded work a page, then it goes on from where it stopped.

    found = search_rows(stream, index, "refund")      # go on from found.next_row

A block of lines is looked through at once; lines are looked at one by one only where it has a
hit, or escapes that hide what is written.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from app.datasets.example_index import ExampleIndex

SEARCH_WORK = 1 << 25
SEARCH_HITS = 20
SEARCHED_BYTES = 1 << 20
BLOCK_BYTES = 1 << 22
BLOCK_ROWS = 1 << 12
ROW_WORK = 500
UNESCAPE_WORK = 4
# Escapes of what needs none, which JSON writers do not agree about.
ODD_ESCAPES = re.compile(rb"\\(?:/|u00[0-7])")

Passes = Callable[[slice], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`next_row` is where to go on, None at the end: a page may stop early, even empty."""

    rows: tuple[int, ...]
    next_row: int | None


def search_rows(
    stream: BinaryIO,
    index: ExampleIndex,
    query: str,
    start_row: int = 0,
    *,
    hits: int = SEARCH_HITS,
    work: int = SEARCH_WORK,
    passes: Passes | None = None,
) -> SearchPage:
    """Rows whose text holds the query, escaped or not; the case of English letters is ignored.

    `work` is about the bytes looked through: a line looked at alone counts for more. `passes`
    says which rows of a part are looked at.
    """
    found: list[int] = []
    needle, row = _Needle(query), start_row
    while row < len(index):
        if len(found) >= hits or work <= 0:
            return SearchPage(tuple(found), row)
        block = _Block(index, row, min(work, BLOCK_BYTES), passes)
        work -= block.read(stream)
        for hit, cost in needle.find_in(block):
            work -= cost
            if hit is not None:
                found.append(hit)
            if len(found) >= hits:
                return _page(index, found, found[-1] + 1)
        row = block.end
    return SearchPage(tuple(found), None)


def _page(index: ExampleIndex, found: list[int], following: int) -> SearchPage:
    return SearchPage(tuple(found), following if following < len(index) else None)


class _Block:
    """Lines that follow each other, of at most some bytes, but at least one."""

    def __init__(
        self, index: ExampleIndex, start: int, most_bytes: int, passes: Passes | None
    ) -> None:
        part = slice(start, min(start + BLOCK_ROWS, len(index)))
        self._offsets = index.offset[part]
        self._lengths = np.minimum(index.length[part], SEARCHED_BYTES)
        ends = self._offsets + self._lengths - self._offsets[0]
        count = max(1, int(np.searchsorted(ends, most_bytes, side="right")))
        self.start, self.end = start, start + count
        self._size = int(ends[count - 1])
        chosen = slice(start, self.end)
        self._places = np.arange(count) if passes is None else np.flatnonzero(passes(chosen))
        self.text = b""

    def read(self, stream: BinaryIO) -> int:
        """The bytes it took: none where no line of it is asked for."""
        if not len(self._places):
            return 0
        stream.seek(int(self._offsets[0]))
        self.text = stream.read(self._size)
        return self._size

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Row and text."""
        for place in self._places.tolist():
            at = int(self._offsets[place] - self._offsets[0])
            yield self.start + place, self.text[at : at + int(self._lengths[place])]


class _Needle:
    """The query as it stands inside a JSON string, as it is and with escapes."""

    def __init__(self, query: str) -> None:
        text = query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        self._plain = orjson.dumps(text)[1:-1].lower()
        self._escaped = json.dumps(text)[1:-1].lower().encode()

    def find_in(self, block: _Block) -> Iterator[tuple[int | None, int]]:
        """Rows that have it, or None, each with the work it was to look."""
        sought = self._sought_in(block.text)
        if sought is None:
            for row, line in block.lines():
                has_it = self._plain in line.lower() or self._plain in _unescaped(line).lower()
                yield (row if has_it else None), ROW_WORK + UNESCAPE_WORK * len(line)
        elif sought in block.text.lower():
            for row, line in block.lines():
                has_it = sought in line.lower() and self._is_meant(sought, line)
                yield (row if has_it else None), ROW_WORK

    def _is_meant(self, sought: bytes, line: bytes) -> bool:
        """A text may speak of an escape itself."""
        return sought == self._plain or self._plain in _unescaped(line).lower()

    def _sought_in(self, text: bytes) -> bytes | None:
        """What the query must look like in there; None where lines may differ in that."""
        if b"\\" not in text:
            return self._plain
        if ODD_ESCAPES.search(text):
            return None
        if text.isascii():
            return self._escaped
        return None if b"\\u" in text else self._plain


def _unescaped(line: bytes) -> bytes:
    try:
        value: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return b""
    return orjson.dumps(value)

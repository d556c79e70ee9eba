"""The objects inside of a JSON document, one by one, without holding the document.

An array of objects, objects one after the other over many lines, and objects in an array under
a name such as `data` are all cut the same way: at the brackets that stand at one depth.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.core.errors import Invalid
from app.datasets.imports.options import LIMITS

BLOCK_BYTES = 1 << 18
# A whole text, a bracket, or a quotation mark whose text is not all there yet.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}"]', re.DOTALL)
WRAPPERS = ("data", "rows", "examples", "items", "records", "train", "dataset")
_NAMES = "|".join(WRAPPERS).encode()
# `{"version": "1.0", "data": [{` : what stands before the array holds no brackets.
WRAPPED = re.compile(
    rb'\s*\{(?:\s*"[^"\\]*+"\s*:\s*(?:"[^"\\]*+"|[-+.\w]++)\s*,)*+\s*"(?:'
    + _NAMES
    + rb')"\s*:\s*\[\s*\{'
)
BETWEEN = b", \t\r\n\x00\xef\xbb\xbf"


class Item(NamedTuple):
    """`text` is None where the item is longer than is read; `is_cut` where the file ended."""

    line: int
    text: bytes | None
    is_cut: bool = False


def find_depth(start: bytes) -> int:
    """How many brackets are open around the items: 0 one after the other, 1 array, 2 wrapped."""
    if WRAPPED.match(start):
        return 2
    return 1 if start.lstrip(BETWEEN)[:1] == b"[" else 0


def read_items(stream: BinaryIO, depth: int, max_bytes: int = LIMITS.row_bytes) -> Iterator[Item]:
    """Whatever stands between the items is an item too. Raises Invalid for an endless text."""
    return _Cutter(stream, depth, max_bytes).items()


class _Cutter:
    """`_from` is where the open item begins, or what stands between the items."""

    def __init__(self, stream: BinaryIO, outer: int, max_bytes: int) -> None:
        self._stream = stream
        self._outer = outer
        self._max_bytes = max_bytes
        self._buffer = b""
        self._at = 0
        self._from = 0
        self._depth = 0
        self._line = 1
        self._counted = 0
        self._skips = False
        self._is_over = False

    def items(self) -> Iterator[Item]:
        while not self._is_over and (block := self._stream.read(BLOCK_BYTES)):
            self._buffer += block
            yield from self._cut()
            self._forget()
        if not self._is_over and (rest := self._buffer[self._from :].strip(BETWEEN)):
            yield Item(self._line_at(self._from), rest, is_cut=True)

    def _cut(self) -> Iterator[Item]:
        for token in TOKEN.finditer(self._buffer, self._at):
            first = token[0][:1]
            if token[0] == b'"':
                self._at = token.start()
                return
            self._at = token.end()
            if first in b"[{":
                yield from self._open(token.start())
            elif first in b"]}":
                yield from self._close(token.start())
            if self._is_over:
                return
        self._at = len(self._buffer)

    def _open(self, position: int) -> Iterator[Item]:
        if self._depth == self._outer or (self._depth == 0 and self._outer == 1):
            yield from self._between(position)
            self._from = position
        self._depth += 1
        if self._depth == self._outer:
            self._from = self._at

    def _close(self, position: int) -> Iterator[Item]:
        self._depth = max(0, self._depth - 1)
        if self._depth == self._outer:
            is_long = self._skips or self._at - self._from > self._max_bytes
            text = None if is_long else self._buffer[self._from : self._at]
            yield Item(self._line_at(self._from), text)
            self._from, self._skips = self._at, False
        elif self._depth == self._outer - 1:
            yield from self._between(position)
            self._from = self._at
            self._is_over = self._outer > 1

    def _between(self, position: int) -> Iterator[Item]:
        if text := self._buffer[self._from : position].strip(BETWEEN):
            yield Item(self._line_at(self._from), text)

    def _line_at(self, position: int) -> int:
        """Positions are asked for in their order."""
        self._line += self._buffer.count(b"\n", self._counted, position)
        self._counted = max(self._counted, position)
        return self._line

    def _forget(self) -> None:
        """Drops what is done, and the beginning of an item that has grown too long."""
        if self._depth < self._outer and self._outer > 1:
            self._from = self._at
        if len(self._buffer) - self._from > self._max_bytes:
            self._skips = self._depth > self._outer
            self._from = self._at
            if len(self._buffer) - self._at > self._max_bytes:
                raise Invalid(
                    "The text that begins on line {line} does not end.",
                    line=self._line_at(self._at),
                )
        self._line_at(self._from)
        self._buffer = self._buffer[self._from :]
        self._at -= self._from
        self._counted, self._from = self._counted - self._from, 0

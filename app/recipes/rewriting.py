"""The lines of a version as they are, or as edits make them; nothing is held but one line.

What no edit changes comes out byte for byte, with its line end and byte order mark. A line that
is changed is written in the manner of the old one: its spacing and its escapes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_lines
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.lines import BOM
from app.datasets.rules import Rule
from app.recipes.fixes import find_edit
from app.recipes.rows import Edit, Row
from app.recipes.steps import Step, is_plain

BLOCK_BYTES = 1 << 20


@dataclass(slots=True)
class Edits:
    """The edits of a recipe, in order; `changed` counts the lines that each has changed."""

    edits: Sequence[tuple[int, Edit]]
    format: DatasetFormat
    changed: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, steps: Sequence[Step], row_format: DatasetFormat) -> "Edits":
        found = [(place, find_edit(step)) for place, step in enumerate(steps)]
        return cls([(p, edit) for p, edit in found if edit], row_format, [0] * len(steps))

    def apply(self, line: bytes) -> bytes:
        """The same object where nothing changes; what is no object stays."""
        row = read_row(line)
        if row is None or (edited := self._edit(row)) is row:
            return line
        return write_row(edited, line)

    def _edit(self, row: Row) -> Row:
        for place, edit in self.edits:
            edited = edit(row, self.format)
            self.changed[place] += edited is not row
            row = edited
        return row


def read_row(line: bytes) -> Row | None:
    """Numbers of any size stay what they are, which faster parsers do not promise."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_row(row: Row, like: bytes) -> bytes:
    separators = (", ", ": ") if b'": ' in like else (",", ":")
    text = json.dumps(row, ensure_ascii=b"\\u" in like, separators=separators)
    return text.encode()


def rewrite_lines(
    stream: BinaryIO, index: ExampleIndex, rows: Iterable[int], steps: Sequence[Step], edits: Edits
) -> Iterator[bytes]:
    """The lines of `rows` with their ends, in pieces."""
    plain = is_plain(steps)
    may_edit = find_editable(index) if edits.edits else np.zeros(len(index), np.bool_)
    too_long = _mark(index, rules_lines.LINE_TOO_LONG)
    size = stream.seek(0, 2)
    for row in map(int, rows):
        start, end = find_span(index, row, size)
        stream.seek(start)
        if too_long[row]:
            yield from _copy(stream, end - start)
            continue
        raw = stream.read(end - start)
        mark = BOM if row == 0 and raw.startswith(BOM) else b""
        line = raw[len(mark) :].rstrip(b"\r\n")
        edited = edits.apply(line) if may_edit[row] else line
        yield edited + b"\n" if plain else mark + edited + raw[len(mark) + len(line) :]


def find_span(index: ExampleIndex, row: int, size: int) -> tuple[int, int]:
    """Where the line stands with its line end, the first one with its byte order mark."""
    start = int(index.offset[row]) if row else 0
    return start, int(index.offset[row + 1]) if row + 1 < len(index) else size


def find_editable(index: ExampleIndex) -> NDArray[np.bool_]:
    """A row in which a key stands twice would lose one of its values."""
    holds_row = np.asarray(index.format != 0)
    return holds_row & ~_mark(index, rules_lines.DUPLICATE_KEY)


def _mark(index: ExampleIndex, rule: Rule) -> NDArray[np.bool_]:
    mask = np.zeros(len(index), np.bool_)
    mask[index.rows_with(rule.id)] = True
    return mask


def _copy(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """A line too long to be held."""
    while size > 0 and (block := stream.read(min(BLOCK_BYTES, size))):
        size -= len(block)
        yield block

"""CSV, TSV and their like, with quotes and line ends in cells."""

import csv
import re
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from app.core.errors import Invalid
from app.datasets.imports import rows
from app.datasets.imports.encodings import TextEncoding, open_text
from app.datasets.imports.options import LIMITS, Limits
from app.datasets.imports.rows import SHOWN_TEXT, Reason
from app.datasets.imports.tables import CellRow

# The reader of the standard library takes one bound for the whole process.
csv.field_size_limit(max(csv.field_size_limit(), LIMITS.cell_bytes))
END = "end"
EXCEL_HINT = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class _Lines:
    """Lines with their ends, then END: a row that takes more than END has an open quote."""

    def __init__(self, stream: TextIOWrapper, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.is_over = False
        self.was_cut = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._limit)
        if len(line) == self._limit and line[-1] != "\n":
            return self._shorten(line)
        if not line:
            if self.is_over:
                raise StopIteration
            self.is_over = True
            return END
        return line

    def _shorten(self, line: str) -> str:
        """The row is left out; what is kept of it opens and closes as many quotation marks."""
        self.was_cut = True
        marks = line.count('"')
        while part := self._stream.readline(self._limit):
            marks += part.count('"')
            if part[-1] == "\n":
                break
        start = line[:SHOWN_TEXT]
        return start + ('"' if (marks - start.count('"')) % 2 else "") + "\n"


def read_cells(
    path: Path,
    encoding: TextEncoding,
    separator: str,
    has_quotes: bool = True,
    limits: Limits = LIMITS,
) -> Iterator[CellRow]:
    """A row that cannot be read says why. Raises Invalid where a cell does not end at all."""
    with open_text(path, encoding) as stream:
        lines = _Lines(stream, limits.row_bytes)
        if has_quotes:
            reader = csv.reader(lines, delimiter=separator)
        else:
            reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
        line = 1
        for number, cells in enumerate(_cells(reader), 1):
            if lines.is_over and cells == [END]:
                return
            yield CellRow(number, line, cells, _find_reason(lines, cells, encoding))
            line = reader.line_num + 1


def hinted_separator(first_line: str) -> str | None:
    """Excel writes and reads `sep=;` above a table."""
    found = EXCEL_HINT.fullmatch(first_line)
    return found[1] if found else None


def _cells(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise Invalid(
            "A cell that begins before line {line} is too long: a quotation mark is opened and "
            "not closed, or the separator is another one.",
            field="separator",
            line=getattr(reader, "line_num", 0),
        ) from error


def _find_reason(lines: _Lines, cells: list[str], encoding: TextEncoding) -> Reason | None:
    if lines.is_over:
        return rows.UNCLOSED_QUOTE
    if lines.was_cut:
        lines.was_cut = False
        return rows.ROW_TOO_LONG
    if encoding.is_damaged and any("\ufffd" in cell for cell in cells):
        return rows.DAMAGED_TEXT
    return None

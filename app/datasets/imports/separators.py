"""Which character stands between the cells of a table, found by trying each."""

import csv
import io
import re
from collections import Counter
from typing import NamedTuple

from app.datasets.imports.kinds import Confidence

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_ROWS = 200
MIN_AGREEMENT = 0.7


class Separator(NamedTuple):
    character: str
    confidence: Confidence


def find_separator(text: str, *, is_whole: bool) -> Separator | None:
    """None where no character cuts the rows of the sample into equally many cells."""
    scored = [(*_score(text, character, is_whole), character) for character in SEPARATORS]
    agreement, columns, character = max(scored, key=lambda each: (each[0] * (each[1] > 1), each[1]))
    if columns < 2 or agreement < MIN_AGREEMENT:
        return None
    return Separator(character, Confidence.CERTAIN if agreement > 0.95 else Confidence.LIKELY)


def uses_quotes(text: str, character: str, *, is_whole: bool) -> bool:
    """Whether quotation marks stand around cells or are letters like others.

    In tables that know no quoting each line is a row, and many of the cells that begin with a
    mark do not end with one; read the other way, such a cell would take in the rows below.
    """
    lines = [line.split(character) for line in re.split(r"\r\n|\r|\n", text) if line]
    lines = lines if is_whole else lines[:-1]
    widths = {len(line) for line in lines}
    if len(widths) != 1 or widths == {1}:
        return True
    cells = [cell.rstrip() for line in lines for cell in line if '"' in cell]
    begun = [cell for cell in cells if cell.startswith('"')]
    opened = sum(len(cell) == 1 or not cell.endswith('"') for cell in begun)
    closed = sum(cell.endswith('"') and not cell.startswith('"') for cell in cells)
    return opened < len(begun) / 3 or closed >= opened / 2


def _score(text: str, character: str, is_whole: bool) -> tuple[float, int]:
    """The share of rows that have the usual number of cells, and that number."""
    rows = read_sample(text, character, is_whole=is_whole)
    lengths = Counter(len(row) for row in rows)
    if not lengths:
        return 0.0, 0
    columns, votes = lengths.most_common(1)[0]
    return votes / lengths.total(), columns


def read_sample(text: str, character: str, *, is_whole: bool) -> list[list[str]]:
    """Rows that are not blank; the last is dropped where the sample may cut it."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=character):
            if any(row):
                rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                return rows
    except csv.Error:
        return rows
    return rows if is_whole or len(rows) < 2 else rows[:-1]

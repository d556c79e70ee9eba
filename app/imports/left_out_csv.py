"""Rows that were left out, as a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from app.core.spreadsheets import safe_cell
from app.datasets.imports.cells import cell_text

OWN = ("row", "line", "reason", "message", "kept_row")
UNREADABLE = "source"
MOST_COLUMNS = 2_000
BLOCK_ROWS = 500


def write_csv(path: Path) -> Iterator[bytes]:
    """From the JSON lines, which are read twice: the columns of all rows stand in the first."""
    names = _names_in(path)
    yield b"\xef\xbb\xbf" + _table([[*OWN, *map(safe_cell, names)]])
    block: list[list[str]] = []
    for row in _rows(path):
        block.append(_cells(row, names))
        if len(block) == BLOCK_ROWS:
            yield _table(block)
            block = []
    yield _table(block)


def _names_in(path: Path) -> list[str]:
    found: dict[str, None] = {}
    for row in _rows(path):
        source = row["source"]
        if len(found) < MOST_COLUMNS:
            found |= dict.fromkeys(source if isinstance(source, dict) else [UNREADABLE])
    return list(found)


def _cells(row: dict[str, Any], names: list[str]) -> list[str]:
    source = row["source"]
    values = source if isinstance(source, dict) else {UNREADABLE: source}
    own = [str(row.get(name, "")) for name in OWN]
    return [*own, *(safe_cell(cell_text(values.get(name))) for name in names)]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            yield orjson.loads(line)


def _table(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")

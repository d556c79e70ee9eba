"""Rows of cells become rows of named values; the same for every table with a header."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.datasets.imports import rows
from app.datasets.imports.cells import is_blank
from app.datasets.imports.headers import Header
from app.datasets.imports.rows import SHOWN_TEXT, Reason, SourceRow


class CellRow(NamedTuple):
    """`number` counts all rows of the table, the header and what stands above it too."""

    number: int
    line: int
    cells: Sequence[Any]
    reason: Reason | None = None


def name_cells(cell_rows: Iterator[CellRow], header: Header) -> Iterator[SourceRow]:
    """Cells that are missing at the end of a row are left blank."""
    number, width = 0, len(header.names)
    if None in header.names:
        kept = [(at, name) for at, name in enumerate(header.names) if name is not None]
    else:
        kept = None
    names = header.columns
    blank = dict.fromkeys(names, "")
    for row in cell_rows:
        if row.number <= header.row:
            continue
        number += 1
        cells = row.cells
        reason = row.reason or _find_reason(cells, width, header)
        if reason is not None:
            yield SourceRow(number, row.line, None, reason, _shown(cells))
        elif kept is None and len(cells) == width:
            yield SourceRow(number, row.line, dict(zip(names, cells, strict=True)))
        else:
            named = kept or enumerate(names)
            values = {name: cells[at] for at, name in named if at < len(cells)}
            yield SourceRow(number, row.line, blank | values)


def _find_reason(cells: Sequence[Any], width: int, header: Header) -> Reason | None:
    if all(map(is_blank, cells)):
        return rows.BLANK_ROW
    extra = cells[width:] if len(cells) > width else ()
    if None in header.names:
        unnamed = zip(header.names, cells, strict=False)
        extra = [*extra, *(cell for name, cell in unnamed if name is None)]
    return None if all(map(is_blank, extra)) else rows.TOO_MANY_CELLS


def _shown(cells: Sequence[Any]) -> str:
    return " | ".join(str(cell)[:SHOWN_TEXT] for cell in cells[:50])[:SHOWN_TEXT]

"""Reads a workbook, in a process of its own (`children.py`).

A small workbook can name a cell in the last row and column, or one long text a million times:
what that takes is bounded for this process, not for the server. Writes JSON lines: the names of
the sheets first, then `[row, cells…]`.
"""

import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
import python_calamine as calamine

BLOCK_ROWS = 200


def main(path: str, wanted: str) -> None:
    with calamine.CalamineWorkbook.from_path(path) as workbook:
        sheets = _names(workbook)
        sheet = wanted or next(iter(sheets), "")
        _write([{"sheets": sheets, "sheet": sheet}])
        if sheet not in sheets:
            return
        waiting: list[Any] = []
        for number, cells in enumerate(workbook.get_sheet_by_name(sheet).iter_rows(), 1):
            waiting.append([number, *map(_plain, cells)])
            if len(waiting) == BLOCK_ROWS:
                _write(waiting)
                waiting.clear()
        _write(waiting)


def _names(workbook: calamine.CalamineWorkbook) -> list[str]:
    """Sheets that hold cells, those in sight first."""
    tables = [
        sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    tables.sort(key=lambda sheet: sheet.visible != calamine.SheetVisibleEnum.Visible)
    return [sheet.name for sheet in tables]


def _plain(cell: Any) -> Any:
    """Dates as they are written; a day without hours has none."""
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return cell


def _write(values: list[Any]) -> None:
    out = sys.stdout.buffer
    for value in values:
        out.write(orjson.dumps(value) + b"\n")
    out.flush()

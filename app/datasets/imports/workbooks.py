"""Sheets of an Excel workbook as rows of cells; a formula is its value."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from app.core.errors import Invalid
from app.datasets.imports.children import read_child
from app.datasets.imports.options import LIMITS, Limits
from app.datasets.imports.tables import CellRow
from app.datasets.imports.unpacking import BROKEN, refuse_growth


class Sheet(NamedTuple):
    """The sheets there are, the one read, and its rows."""

    names: tuple[str, ...]
    name: str
    rows: Iterator[CellRow]


@contextmanager
def open_sheet(path: Path, sheet: str | None, limits: Limits = LIMITS) -> Iterator[Sheet]:
    """The first sheet in sight when none is named. Raises Invalid."""
    _refuse_bomb(path, limits)
    with read_child("workbook_child", str(path), sheet or "", limits=limits) as values:
        head = next(values)
        names = tuple(head["sheets"])
        if not names:
            raise Invalid("The workbook has no sheet with cells.", field="file")
        if head["sheet"] not in names:
            raise Invalid("The workbook has no sheet “{name}”.", field="sheet", name=sheet)
        yield Sheet(names, head["sheet"], map(_row, values))


def sample_sheet(path: Path, sheet: str | None, count: int) -> tuple[Sheet, list[CellRow]]:
    with open_sheet(path, sheet) as opened:
        return opened, list(islice(opened.rows, count))


def read_sheet(path: Path, sheet: str) -> Iterator[CellRow]:
    with open_sheet(path, sheet) as opened:
        yield from opened.rows


def _row(value: list[Any]) -> CellRow:
    return CellRow(value[0], value[0], value[1:])


def _refuse_bomb(path: Path, limits: Limits) -> None:
    """By the sizes the archive gives; the reader's own bounds hold where they are a lie."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except BROKEN as error:
        raise Invalid("The workbook is damaged.", field="file") from error
    refuse_growth(path.stat().st_size, unpacked, limits)

"""Which row of a table is its header, and what the columns are called."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.core.errors import Invalid
from app.datasets.imports.cells import is_blank, is_numeric
from app.datasets.imports.options import LIMITS

LONGEST_NAME = 120
SEARCHED_ROWS = 50
Cells = Sequence[Any]


class Header(NamedTuple):
    """`row` counts from 1, 0 where there is none; `names` has None for a column left away."""

    row: int
    names: tuple[str | None, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name is not None)


def find_header(rows: Sequence[Cells]) -> int:
    """The row number; lines of a title above the table are passed over."""
    width = _usual_width(rows)
    for number, row in enumerate(rows[:SEARCHED_ROWS], 1):
        below = rows[number:]
        stands_alone = bool(below) and not _filled(below[0])
        if _filled(row) >= max(1, round(width * 0.6)) and not stands_alone:
            return number if _looks_like_names(row, below) else 0
    return 0


def name_columns(rows: Sequence[Cells], header_row: int) -> Header:
    """A column without a name gets a number where most rows fill it, else it is left away.

    Text found in a column left away has spilled over, as unquoted separators make it.
    """
    below = rows[header_row:]
    given = list(rows[header_row - 1]) if 0 < header_row <= len(rows) else []
    width = max([len(given), *(_width(row) for row in below)], default=0)
    if width > LIMITS.columns:
        raise Invalid("The table has more than {limit} columns.", limit=LIMITS.columns)
    names: list[str | None] = []
    taken: set[str] = set()
    for position in range(width):
        name = _clean(given[position]) if position < len(given) else ""
        if not name and header_row and not _is_filled(below, position):
            names.append(None)
            continue
        name = _unique(name or f"column {position + 1}", taken)
        taken.add(name)
        names.append(name)
    while names and names[-1] is None:
        names.pop()
    return Header(header_row, tuple(names))


def _clean(cell: Any) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(cell)).split())


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def _is_filled(rows: Sequence[Cells], position: int) -> bool:
    filled = sum(position < len(row) and not is_blank(row[position]) for row in rows)
    return filled > len(rows) / 2


def _filled(row: Cells) -> int:
    return sum(not is_blank(cell) for cell in row)


def _width(row: Cells) -> int:
    return max((at for at, cell in enumerate(row, 1) if not is_blank(cell)), default=0)


def _usual_width(rows: Sequence[Cells]) -> int:
    widths = Counter(_filled(row) for row in rows if _filled(row))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _looks_like_names(row: Cells, below: Sequence[Cells]) -> bool:
    names = [_clean(cell).lower() for cell in row if not is_blank(cell)]
    if len(set(names)) * 2 < len(names) or any(is_numeric(name) for name in names):
        return False
    if any(len(name) > LONGEST_NAME for name in names):
        return False
    return not any(_recurs(cell, position, below) for position, cell in enumerate(row))


def _recurs(cell: Any, position: int, below: Sequence[Cells]) -> bool:
    """A label such as “spam” stands again further down, a name does not."""
    return not is_blank(cell) and any(
        position < len(row) and row[position] == cell for row in below[:SEARCHED_ROWS]
    )

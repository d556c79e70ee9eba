"""Looking through the rows of a version: pages, filters, search, one line after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.datasets.example_index import ExampleIndex
from app.datasets.reading import Example, find_row, read_rows, search_rows

PAGE_ROWS = 20
PAGE_NUMBERS = 600

Rows = range | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BrowseQuery:
    """What the address asks for. `start` is the row from which a search goes on."""

    q: str = ""
    finding: str = ""
    label: str = ""
    page: int = 1
    start: int = 0


@dataclass(frozen=True, slots=True)
class BrowsePage:
    """A search does not look to the end: its `total` is None, `next_start` is where to go on."""

    examples: Sequence[Example]
    page: int = 1
    total: int | None = None
    next_start: int | None = None

    @property
    def pages(self) -> int:
        return 1 if self.total is None else page_count(self.total, PAGE_ROWS)


@dataclass(frozen=True, slots=True)
class SingleLine:
    """One example with the line numbers beside it within the filter; None at the ends."""

    example: Example
    previous: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class NumbersPage:
    numbers: Sequence[int]
    page: int
    pages: int
    total: int


def browse(stream: BinaryIO, index: ExampleIndex, query: BrowseQuery) -> BrowsePage:
    if query.q:
        return _search(stream, index, query)
    rows = filter_rows(index, query)
    page = min(max(1, query.page), page_count(len(rows), PAGE_ROWS))
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return BrowsePage(read_rows(stream, index, shown), page, total=len(rows))


def show_line(
    stream: BinaryIO, index: ExampleIndex, query: BrowseQuery, line: int
) -> SingleLine | None:
    """None where there is no such line."""
    row = find_row(index, line)
    if row is None:
        return None
    before, after = _neighbours(filter_rows(index, query), row)
    return SingleLine(read_rows(stream, index, [row])[0], before, after)


def list_numbers(index: ExampleIndex, rule_id: str, page: int) -> NumbersPage:
    """The numbers of all lines that break a rule, a page of them."""
    rows = index.rows_with(rule_id)
    pages = page_count(len(rows), PAGE_NUMBERS)
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * PAGE_NUMBERS : page * PAGE_NUMBERS]
    return NumbersPage((shown + 1).tolist(), page, pages, len(rows))


def filter_rows(index: ExampleIndex, query: BrowseQuery) -> Rows:
    """Row numbers in order; every line where nothing is filtered."""
    if query.finding and query.label:
        labelled = index.rows_labelled(query.label)
        return np.intersect1d(index.rows_with(query.finding), labelled, assume_unique=True)
    if query.finding:
        return index.rows_with(query.finding)
    return index.rows_labelled(query.label) if query.label else range(len(index))


def page_count(total: int, per_page: int) -> int:
    return max(1, -(-total // per_page))


def _search(stream: BinaryIO, index: ExampleIndex, query: BrowseQuery) -> BrowsePage:
    """The text is looked for in every row, and the filter leaves out of what is found."""
    found = search_rows(stream, index, query.q, max(0, query.start))
    rows = [row for row in found.rows if _passes(index, query, row)]
    return BrowsePage(read_rows(stream, index, rows), next_start=found.next_row)


def _passes(index: ExampleIndex, query: BrowseQuery, row: int) -> bool:
    if query.finding and not index.breaks(row, query.finding):
        return False
    number = int(index.label[row])
    return not query.label or (number >= 0 and index.header["labels"][number] == query.label)


def _neighbours(rows: Rows, row: int) -> tuple[int | None, int | None]:
    if isinstance(rows, range):
        before, after = row - 1, row + 1
        return (before + 1 if before >= 0 else None), (after + 1 if after < len(rows) else None)
    left = int(np.searchsorted(rows, row, side="left")) - 1
    right = int(np.searchsorted(rows, row, side="right"))
    previous = int(rows[left]) + 1 if left >= 0 else None
    return previous, int(rows[right]) + 1 if right < len(rows) else None

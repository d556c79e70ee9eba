"""Looking through the rows of a version: pages, filters, order, search, line after line."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import BinaryIO, NamedTuple
from urllib.parse import urlencode

from app.datasets.example_index import ExampleIndex
from app.datasets.reading import Example, find_row, read_rows
from app.datasets.searching import search_rows
from app.datasets.selecting import Condition, Order, Rows, Selection, among, within

PAGE_ROWS = 20
PAGE_NUMBERS = 600
COLUMNS = {"tokens": "tokens", "answer_tokens": "assistant_tokens", "messages": "turns"}
ORDERS = [f"{sign}{name}" for name in COLUMNS for sign in ("", "-")]
RANGE = re.compile(r"\s*(\d{0,9})\s*([-–]?)\s*(\d{0,9})\s*", re.ASCII)

# Rows of a rule that the index does not know, such as those of the second look.
FindRows = Callable[[str], Rows]


class Bounds(NamedTuple):
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class BrowseQuery:
    """What the address asks for. `start` is the row from which a search goes on.

    `tokens`, `answer_tokens` and `messages` are ranges as `20-100`, `20-`, `-100` or `20`; `sort`
    is one of ORDERS, `-tokens` from many to few.
    """

    q: str = ""
    finding: str = ""
    label: str = ""
    tokens: str = ""
    answer_tokens: str = ""
    messages: str = ""
    sort: str = ""
    page: int = 1
    start: int = 0

    @property
    def ranges(self) -> dict[str, str]:
        """Those that mean something, by name."""
        every = {name: str(getattr(self, name)) for name in COLUMNS}
        return {name: text for name, text in every.items() if read_bounds(text) is not None}

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.finding or self.label or self.ranges)

    def address(self, changes: dict[str, object]) -> str:
        """As it stands in an address with some of it changed, `?q=refund&page=2`."""
        kept = {name: value for name, value in asdict(self).items() if name not in BEGINNING}
        return "?" + urlencode({name: value for name, value in (kept | changes).items() if value})


BEGINNING = ("page", "start")


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


def browse(
    stream: BinaryIO, index: ExampleIndex, query: BrowseQuery, find_rows: FindRows | None = None
) -> BrowsePage:
    selection = select(index, query, find_rows)
    if query.q:
        return _search(stream, index, query, selection)
    page = min(max(1, query.page), page_count(selection.count, PAGE_ROWS))
    shown = selection.page((page - 1) * PAGE_ROWS, PAGE_ROWS)
    return BrowsePage(read_rows(stream, index, shown), page, total=selection.count)


def show_line(
    stream: BinaryIO,
    index: ExampleIndex,
    query: BrowseQuery,
    line: int,
    find_rows: FindRows | None = None,
) -> SingleLine | None:
    """None where there is no such line."""
    row = find_row(index, line)
    if row is None:
        return None
    before, after = select(index, query, find_rows).neighbours(row)
    example = read_rows(stream, index, [row])[0]
    return SingleLine(example, _line_of(before), _line_of(after))


def list_numbers(
    index: ExampleIndex, rule_id: str, page: int, find_rows: FindRows | None = None
) -> NumbersPage:
    """The numbers of all lines that break a rule, a page of them."""
    selection = select(index, BrowseQuery(finding=rule_id), find_rows)
    pages = page_count(selection.count, PAGE_NUMBERS)
    page = min(max(1, page), pages)
    shown = selection.page((page - 1) * PAGE_NUMBERS, PAGE_NUMBERS)
    return NumbersPage((shown + 1).tolist(), page, pages, selection.count)


def select(index: ExampleIndex, query: BrowseQuery, find_rows: FindRows | None = None) -> Selection:
    name = query.sort.removeprefix("-")
    order = None
    if query.sort in ORDERS:
        order = Order(index.column(COLUMNS[name]), is_down=query.sort.startswith("-"))
    return Selection(index, list(_conditions(index, query, find_rows)), order)


def read_bounds(text: str) -> Bounds | None:
    """None where it is no range."""
    found = RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        return None
    low = int(found[1] or 0)
    return Bounds(low, int(found[3]) if found[3] else None if found[2] else low)


def page_count(total: int, per_page: int) -> int:
    return max(1, -(-total // per_page))


def _conditions(
    index: ExampleIndex, query: BrowseQuery, find_rows: FindRows | None
) -> Iterator[Condition]:
    """Ranges are of rows that have something to count, as the charts of the report are."""
    if query.ranges:
        yield within(index.turns, 1, None)
    for name, text in query.ranges.items():
        bounds = read_bounds(text)
        if bounds is not None:
            yield within(index.column(COLUMNS[name]), *bounds)
    if query.label:
        number = index.label_number(query.label)
        yield within(index.label, number, number)
    if query.finding:
        if find_rows is None or query.finding in index.header["rules"]:
            yield index.breaking(query.finding)
        else:
            yield among(find_rows(query.finding))


def _search(
    stream: BinaryIO, index: ExampleIndex, query: BrowseQuery, selection: Selection
) -> BrowsePage:
    """In the order of the version."""
    found = search_rows(stream, index, query.q, max(0, query.start), passes=selection.passes)
    return BrowsePage(read_rows(stream, index, found.rows), next_start=found.next_row)


def _line_of(row: int | None) -> int | None:
    return None if row is None else row + 1

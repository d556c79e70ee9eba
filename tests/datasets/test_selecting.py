"""Rows by conditions and in an order: as if all of them were sorted, without holding them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.browsing import Bounds, BrowseQuery, read_bounds, select
from app.datasets.example_index import COLUMNS, ExampleIndex
from app.datasets.index_writer import IndexWriter
from app.datasets.selecting import Order, Selection, among, within

Fuzz = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Tokens = st.lists(
    st.integers(0, 5) | st.integers(0, 2**32 - 1) | st.sampled_from([65_535, 65_536, 131_072]),
    min_size=1,
    max_size=60,
)


class ThinIndex(ExampleIndex):
    """Cut into slices of seven rows."""

    def slices(self) -> Iterator[slice]:
        for start in range(0, len(self), 7):
            yield slice(start, start + 7)


def index_of(folder: Path, tokens: list[int]) -> ThinIndex:
    columns = {name: np.ones(len(tokens), np.uint8) for name in COLUMNS} | {"tokens": tokens}
    with IndexWriter(folder / "index", ["odd"]) as writer:
        writer.append(columns, {row: 1 for row in range(len(tokens)) if row % 2})
        writer.finish({"labels": ["a", "b"]})
    return ThinIndex.open(folder / "index")


@Fuzz
@given(
    tokens=Tokens,
    low=st.integers(0, 70_000),
    is_down=st.booleans(),
    is_sorted=st.booleans(),
    first=st.integers(0, 70),
)
def test_pages_are_those_of_a_sorted_list(
    tmp_path: Path, tokens: list[int], low: int, is_down: bool, is_sorted: bool, first: int
) -> None:
    index = index_of(tmp_path, tokens)
    conditions = [within(index.tokens, low, None), index.breaking("odd")] if low % 2 else []
    order = Order(index.tokens, is_down) if is_sorted else None
    rows = [row for row in range(len(tokens)) if not conditions or (row % 2 and tokens[row] >= low)]
    if is_sorted:
        rows.sort(key=lambda row: ((-tokens[row] if is_down else tokens[row]), row))
    selection = Selection(index, conditions, order)
    assert selection.count == len(rows)
    assert selection.page(first, 5).tolist() == rows[first : first + 5]
    for place, row in enumerate(rows):
        before = rows[place - 1] if place else None
        after = rows[place + 1] if place + 1 < len(rows) else None
        assert selection.neighbours(row) == (before, after)


def test_neighbours_of_a_row_outside(tmp_path: Path) -> None:
    index = index_of(tmp_path, [5, 9, 7, 1, 3])
    assert Selection(index, [index.breaking("odd")]).neighbours(2) == (1, 3)
    by_tokens = Selection(index, [index.breaking("odd")], Order(index.tokens))
    assert by_tokens.neighbours(0) == (3, 1)


@Fuzz
@given(rows=st.sets(st.integers(0, 39)))
def test_rows_that_were_found_before(tmp_path: Path, rows: set[int]) -> None:
    index = index_of(tmp_path, [1] * 40)
    selection = Selection(index, [among(np.array(sorted(rows), np.int64))])
    assert selection.page(0, 40).tolist() == sorted(rows)


def test_filters_are_joined(tmp_path: Path) -> None:
    index = index_of(tmp_path, list(range(40)))
    query = BrowseQuery(tokens="10-20", finding="odd", sort="-tokens")
    assert select(index, query).page(0, 9).tolist() == [19, 17, 15, 13, 11]
    assert select(index, BrowseQuery(label="b", tokens="-3")).count == 4
    assert select(index, BrowseQuery(finding="nobody knows it")).count == 0
    known = select(index, BrowseQuery(finding="deeper"), lambda _rule: np.array([3, 8]))
    assert known.page(0, 9).tolist() == [3, 8]
    assert select(index, BrowseQuery(sort="size", tokens="many")).page(0, 2).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("20-100", Bounds(20, 100)),
        (" 20 – 100 ", Bounds(20, 100)),
        ("20-", Bounds(20, None)),
        ("-100", Bounds(0, 100)),
        ("20", Bounds(20, 20)),
        ("", None),
        ("-", None),
        ("a-b", None),
        ("1-2-3", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_ranges_are_read(text: str, bounds: Bounds | None) -> None:
    assert read_bounds(text) == bounds


def test_an_address_keeps_what_is_asked_for() -> None:
    query = BrowseQuery(q="a b", tokens="1-2", sort="-tokens", page=4, start=9)
    assert query.address({"page": 2}) == "?q=a+b&tokens=1-2&sort=-tokens&page=2"
    assert query.address({"q": "", "tokens": ""}) == "?sort=-tokens"
    assert BrowseQuery().address({}) == "?"

"""Search in blocks finds what looking at each line alone would."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.searching import search_rows
from tests.datasets.conftest import Check, chat_row

Texts = st.text(alphabet='aA\\u1\n/"<é환😀\x1b', max_size=6)
Written = st.sampled_from(["plain", "ascii", "odd"])


def write(text: str, how: str) -> str:
    row: dict[str, Any] = {"messages": [{"role": "user", "content": text}]}
    if how == "plain":
        return json.dumps(row, ensure_ascii=False)
    written = json.dumps(row)
    return written if how == "ascii" else written.replace("a", "\\u0061").replace("/", "\\/")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(st.tuples(Texts, Written), min_size=1, max_size=6), query=Texts)
def test_any_text_however_it_is_written(
    check: Check, lines: list[tuple[str, str]], query: str
) -> None:
    checked = check("\n".join(write(*line) for line in lines).encode(), format="chat")
    needle = orjson.dumps(query)[1:-1].lower()
    expected = tuple(row for row, line in enumerate(lines) if holds(write(*line), needle))
    with checked.path.open("rb") as stream:
        assert search_rows(stream, checked.index, query).rows == expected


def holds(line: str, needle: bytes) -> bool:
    """As it stands, or written without needless escapes."""
    return needle in line.encode().lower() or needle in orjson.dumps(orjson.loads(line)).lower()


@pytest.mark.parametrize("work", [1, 300, 5_000, 1 << 25])
def test_pages_of_a_search_leave_nothing_out(check: Check, work: int) -> None:
    rows = [chat_row(n) | ({"note": "needle \\u환"} if n % 9 == 0 else {}) for n in range(120)]
    checked = check("\n".join(json.dumps(row, ensure_ascii=n % 2 == 0)
                              for n, row in enumerate(rows)).encode())  # fmt: skip
    found: list[int] = []
    start: int | None = 0
    with checked.path.open("rb") as stream:
        while start is not None:
            page = search_rows(stream, checked.index, "NEEDLE \\u환", start, hits=3, work=work)
            found += page.rows
            start = page.next_row
    assert found == list(range(0, 120, 9))


def test_only_what_the_filter_leaves_is_looked_at(check: Check) -> None:
    checked = check([chat_row(n) for n in range(50)])
    with checked.path.open("rb") as stream:
        page = search_rows(
            stream,
            checked.index,
            "of course",
            passes=lambda part: checked.index.offset[part] % 2 == 0,
        )
    even = [row for row in range(50) if checked.index.offset[row] % 2 == 0]
    assert list(page.rows) == even[:20]
    assert page.next_row == (even[19] + 1 if len(even) > 20 else None)


def test_a_text_that_speaks_of_an_escape_is_not_the_letter(check: Check) -> None:
    checked = check([{"messages": [{"role": "user", "content": "write \\ud658 for it"}]}])
    with checked.path.open("rb") as stream:
        assert search_rows(stream, checked.index, "환").rows == ()
        assert search_rows(stream, checked.index, "\\ud658").rows == (0,)

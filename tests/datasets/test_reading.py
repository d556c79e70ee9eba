"""Rows by number: shown, searched, written, without reading the rest."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.reading import find_row, iter_lines, read_rows
from app.datasets.searching import search_rows
from tests.datasets.conftest import Check, Checked, chat_row
from tests.datasets.row_cases import pair


def search(checked: Checked, query: str, **options: Any) -> tuple[tuple[int, ...], int | None]:
    with checked.path.open("rb") as stream:
        page = search_rows(stream, checked.index, query, **options)
    return page.rows, page.next_row


def read(checked: Checked, *rows: int) -> list[Any]:
    with checked.path.open("rb") as stream:
        return read_rows(stream, checked.index, rows)


def test_rows_come_in_the_order_asked_for(check: Check) -> None:
    checked = check([chat_row(number) for number in range(30)])
    last, first = read(checked, 29, 0)
    assert (last.line, last.value) == (30, chat_row(29))
    assert first.messages == chat_row(0)["messages"]
    assert first.tokens > first.assistant_tokens > 0
    with pytest.raises(IndexError):
        read(checked, 30)
    with pytest.raises(IndexError):
        read(checked, -1)


def test_a_row_tells_what_is_wrong_and_where(check: Check) -> None:
    row = chat_row(3)
    row["messages"][1]["role"] = "human"
    checked = check([chat_row(1), row, chat_row(1)])
    _, odd, repeated = read(checked, 0, 1, 2)
    assert [(p.rule.id, p.place) for p in odd.problems] == [
        ("unrecognized_role", "messages[1].role")
    ]
    assert [p.rule.id for p in repeated.problems] == ["duplicate_example"]


def test_lines_that_are_no_rows_are_shown_as_text(check: Check) -> None:
    content = (
        b'\xef\xbb\xbf{"a": 1\r\n\n"\xff"\n' + b"[" + b"9," * 90_000 + b"9]\n" + b"x" * 300_000
    )
    checked = check(content, max_line_bytes=200_000)
    broken, blank, wrong, numbers, long = read(checked, 0, 1, 2, 3, 4)
    assert broken.text == '{"a": 1'
    assert {p.rule.id for p in broken.problems} == {"invalid_json", "crlf"}
    assert "column" in broken.problems[0].place
    assert (blank.text, [p.rule.id for p in blank.problems]) == ("", ["blank_line"])
    assert [p.rule.id for p in wrong.problems] == ["not_utf8"]
    assert (numbers.value, numbers.messages) == (None, [])
    assert [p.rule.id for p in long.problems] == ["line_too_long"]
    assert len(long.text) == 200_000


def test_conversations_of_the_other_formats(check: Check) -> None:
    completion = read(check([{"prompt": "a", "completion": " b"}]), 0)[0]
    assert completion.messages == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": " b"},
    ]
    preference = read(check([pair()]), 0)[0]
    assert preference.messages == pair()["input"]["messages"]


def test_lines_go_out_as_they_came(check: Check) -> None:
    lines = [orjson.dumps(chat_row(number)) for number in range(9)]
    checked = check(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    with checked.path.open("rb") as stream:
        written = list(iter_lines(stream, checked.index, [4, 0, 8]))
    assert written == [lines[4], lines[0], lines[8]]


def test_a_jump_to_a_line(check: Check) -> None:
    index = check([chat_row(number) for number in range(3)]).index
    assert [find_row(index, line) for line in (0, 1, 3, 4)] == [None, 0, 2, None]


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("query", ["환불은", "REFUND", 'say "yes"', "back\\slash", "two\nlines"])
def test_search_finds_text_however_it_is_written(check: Check, query: str, escaped: bool) -> None:
    row = chat_row(5)
    row["messages"][1]["content"] = 'Can I get a Refund? 환불은 say "yes" back\\slash two\nlines'
    rows = [chat_row(0), row, chat_row(1)]
    lines = [orjson.dumps(row).decode() for row in rows]
    if escaped:
        lines = [line.encode("ascii", "namereplace").decode() if line.isascii()
                 else "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in line)
                 for line in lines]  # fmt: skip
    checked = check("\n".join(lines).encode())
    assert search(checked, query) == ((1,), None)


def test_search_goes_on_where_it_stopped(check: Check) -> None:
    checked = check([chat_row(number) for number in range(50)])
    rows, following = search(checked, "of course", hits=20)
    assert (rows, following) == (tuple(range(20)), 20)
    rows, following = search(checked, "of course", start_row=40, hits=20)
    assert (rows, following) == (tuple(range(40, 50)), None)
    rows, following = search(checked, "nowhere", work=500)
    assert rows == ()
    assert following is not None
    assert 1 < following < 10


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=10))
def test_any_query_is_safe(check: Check, query: str) -> None:
    checked = check([chat_row(0)])
    rows, following = search(checked, query)
    assert rows in ((), (0,))
    assert following is None


def test_half_a_character_is_found_nowhere(check: Check) -> None:
    assert search(check([chat_row(0)]), "\ud83d") == ((), None)

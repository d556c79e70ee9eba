"""Lines are cut at line feeds alone, with their places, in constant memory."""

import io
import tracemalloc
from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.datasets import rules_lines
from app.datasets.lines import Line, count_lines, find_file_problem, read_lines
from tests.datasets.conftest import Check, chat_row, jsonl

Content = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b"\r", b" ", b"\xef\xbb\xbf", b"a", b"bcd" * 9, b"\xe2\x80\xa8"]
    ),
    max_size=40,
).map(b"".join)


def lines_of(content: bytes, limit: int = 20) -> list[Line]:
    return list(read_lines(io.BytesIO(content), limit))


@given(content=Content)
@example(content=b"\xef\xbb\xbf{}\r\n\n{}")
@example(content=b"a" * 41)
def test_places_and_texts_belong_together(content: bytes) -> None:
    lines = lines_of(content)
    physical = content.split(b"\n")
    assert len(lines) == len(physical) - (physical[-1] == b"")
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        assert (line.text is None) == (line.problem is not None)
        if line.text is not None:
            assert content[line.offset : line.offset + line.length] == line.text
            assert not line.text.endswith((b"\r", b"\n"))


@given(content=Content)
def test_lines_are_counted_as_they_are_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "counted"
    path.write_bytes(content)
    assert count_lines(path) == len(lines_of(content))


@pytest.mark.parametrize("size", [19, 20, 21, 22, 39, 40, 41, 100])
def test_a_line_too_long_is_skipped_whole(size: int) -> None:
    long, after = lines_of(b"x" * size + b"\nafter\n")
    assert (long.problem is rules_lines.LINE_TOO_LONG) == (size > 20)
    assert after.text == b"after"
    assert after.offset == size + 1


@pytest.mark.slow
def test_a_line_of_600_megabytes_takes_no_memory(check: Check, tmp_path: Path) -> None:
    rows = [chat_row(number) for number in range(1000)]
    path = tmp_path / "long.jsonl"
    with path.open("wb") as out:
        out.write(jsonl(rows[:500]))
        out.seek(600_000_000, io.SEEK_CUR)
        out.write(b"\n" + jsonl(rows[500:]))
    tracemalloc.start()
    with path.open("rb") as stream:
        found = [line for line in read_lines(stream, 1 << 20) if line.problem]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line.number, line.length) for line in found] == [(501, 600_000_001)]
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "content",
    [
        jsonl([chat_row()]),
        b"\xef\xbb\xbf" + jsonl([chat_row()]),
        b"\n\n" + jsonl([chat_row()]),
        b"not json at all\n",
        b'{"messages": [{"role": "user", "content": "a"}]},\n{"messages": []}\n',
        b'[1, 2]\n{"messages": []}\n',
        b"[" * 70_000,
        b'{"messages": [' + b'{"role": "user", "content": "x"},' * 3000 + b"]}\n",
    ],
)
def test_lines_with_single_faults_are_still_lines(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data"
    path.write_bytes(content)
    assert find_file_problem(path) is None


def test_every_line_keeps_its_number_after_a_fault(check: Check) -> None:
    good = orjson.dumps(chat_row())
    checked = check(b"\xef\xbb\xbf" + b"\r\n".join([good, b"", b"{", good]) + b"\r\n")
    assert checked.lines("byte_order_mark") == [1]
    assert checked.lines("crlf") == [1, 2, 3, 4]
    assert checked.lines("blank_line") == [2]
    assert checked.lines("invalid_json") == [3]
    assert checked.index.offset[0] == 3

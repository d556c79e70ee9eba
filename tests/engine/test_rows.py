"""Checking rows: today's valid rows are valid, and nothing in a file makes it fall over."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.tokens import get_encoding
from app.engine.example_file import ExampleFile
from app.engine.examples import TOOLS, to_example
from app.engine.row_checks import check_row
from app.engine.rows import (
    CHAT,
    COMPLETION,
    MAX_LINE_BYTES,
    PREFERENCE,
    RowError,
    parse_row,
    read_lines,
    read_rows,
)
from app.engine.validation import FileToCheck, InvalidFile, check_file

CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ANSWER = {"role": "assistant", "content": "yes"}
VALID = {
    "plain": [{"role": "user", "content": "a"}, ANSWER],
    "developer": [{"role": "developer", "content": "a"}, ANSWER],
    "weights": [{"role": "user", "content": "a"}, ANSWER | {"weight": 0}, ANSWER | {"weight": 1}],
    "name": [{"role": "user", "content": "a", "name": "Ada"}, ANSWER],
    "refusal": [{"role": "user", "content": "a"}, {"role": "assistant", "refusal": "no"}],
    "tools": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "1", "tool_call_id": "1"},
        ANSWER,
    ],
    "parts": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
            ],
        },
        ANSWER,
    ],
    "function": [{"role": "function", "name": "f", "content": "1"}, ANSWER],
}
BROKEN = {
    "no dictionary": ["text", ANSWER],
    "no content": [{"role": "user"}, ANSWER],
    "number as content": [{"role": "user", "content": 3}, ANSWER],
    "weight on a user": [{"role": "user", "content": "a", "weight": 1}, ANSWER],
    "weight of two": [{"role": "user", "content": "a"}, ANSWER | {"weight": 2}],
    "weight as truth": [{"role": "user", "content": "a"}, ANSWER | {"weight": True}],
    "list as role": [{"role": ["user"], "content": "a"}, ANSWER],
    "empty": [],
    "part without type": [{"role": "user", "content": [{"text": "a"}]}, ANSWER],
}


@pytest.mark.parametrize("messages", VALID.values(), ids=VALID.keys())
def test_valid_rows_are_valid(messages: list[dict[str, object]]) -> None:
    row = {"messages": messages, "tools": [], "parallel_tool_calls": False}
    check_row(1, row, CHAT)
    assert to_example(row).turns


@pytest.mark.parametrize("messages", BROKEN.values(), ids=BROKEN.keys())
def test_broken_rows_are_refused_with_their_number(messages: list[object]) -> None:
    with pytest.raises(RowError, match="Example 5"):
        check_row(5, {"messages": messages}, CHAT)


def test_answers_with_weight_nought_are_not_learnt() -> None:
    example = to_example({"messages": VALID["weights"]})
    assert [target.prompt[-1].role for target in example.targets] == ["assistant"]
    assert len(to_example({"messages": VALID["tools"]}).targets) == 2


ASKED: dict[str, object] = {"messages": [{"role": "user", "content": "a"}], "tools": []}
PAIR: dict[str, object] = {
    "input": ASKED,
    "preferred_output": [ANSWER],
    "non_preferred_output": [ANSWER],
}
BROKEN_PAIRS = {
    "chat": {"messages": VALID["plain"]},
    "no output": {"input": ASKED, "preferred_output": [ANSWER]},
    "something else": PAIR | {"label": 1},
    "text as input": PAIR | {"input": "a"},
    "no messages": PAIR | {"input": {}},
    "empty input": PAIR | {"input": {"messages": []}},
    "text as output": PAIR | {"preferred_output": "a"},
    "empty output": PAIR | {"non_preferred_output": []},
    "user as output": PAIR | {"preferred_output": [{"role": "user", "content": "a"}]},
    "nothing said": PAIR | {"preferred_output": [{"role": "tool", "content": "a"}]},
    "special token": PAIR | {"preferred_output": [ANSWER | {"content": "<|im_end|>"}]},
}


@pytest.mark.parametrize("row", BROKEN_PAIRS.values(), ids=BROKEN_PAIRS.keys())
def test_broken_preferences_are_refused_with_their_number(row: dict[str, object]) -> None:
    with pytest.raises(RowError, match="Example 7"):
        check_row(7, row, PREFERENCE)


def test_a_preference_has_both_answers_and_the_tools() -> None:
    calls = {"role": "assistant", "tool_calls": [CALL]}
    tool = {"type": "function", "function": {"name": "look_up"}}
    row = PAIR | {"input": ASKED | {"tools": [tool]}, "preferred_output": [calls]}
    check_row(1, row, PREFERENCE)
    example = to_example(row)
    assert example.preference is not None
    assert example.targets == ()
    assert example.preference.preferred[0].answer.startswith("<tool_calls>")
    assert example.preference.rejected[0].answer == "yes"
    assert [turn.role for turn in example.preference.rejected[0].prompt] == [TOOLS, "user"]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "a"},
        {"prompt": "a", "completion": 1},
        {"prompt": "a", "completion": ""},
        {"prompt": "a", "completion": "b", "label": "c"},
        {"prompt": "<|endoftext|>", "completion": "b"},
    ],
)
def test_broken_pairs_are_refused(row: dict[str, object]) -> None:
    with pytest.raises(RowError, match="Example 2"):
        check_row(2, row, COMPLETION)


KEYS = ["messages", "role", "content", "weight", "prompt", "completion", "x", *PAIR]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def refusal_of(row: dict[str, object], expected: str) -> str | None:
    try:
        check_row(1, row, expected)
    except RowError as error:
        return error.sentence
    return None


def read_or_refusal(content: bytes) -> list[dict[str, object]] | str:
    try:
        return [parse_row(*line) for line in read_lines(io.BytesIO(content))]
    except RowError as error:
        return error.sentence


@given(JSON, st.sampled_from([CHAT, COMPLETION, PREFERENCE]))
def test_any_row_is_either_learnt_or_refused(value: object, expected: str) -> None:
    rows = read_or_refusal(json.dumps(value).encode())
    if isinstance(rows, str):
        assert "Example 1" in rows
        return
    sentence = refusal_of(rows[0], expected)
    assert to_example(rows[0]).turns if sentence is None else "Example 1" in sentence


MESSAGE = st.dictionaries(
    st.sampled_from(["role", "content", "weight", "name", "tool_calls"]),
    st.sampled_from(["user", "assistant", "system", 0, 1, None, [], [{"type": "text"}]]),
    max_size=4,
)


@given(st.lists(MESSAGE, max_size=4))
def test_any_messages_are_either_learnt_or_refused(messages: list[dict[str, object]]) -> None:
    row: dict[str, object] = {"messages": messages}
    sentence = refusal_of(row, CHAT)
    if sentence is None:
        assert len(to_example(row).turns) == len(messages) > 0
    else:
        assert sentence.startswith("Invalid file format. Example 1")


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_rows_or_a_named_error(content: bytes) -> None:
    rows = read_or_refusal(content)
    if isinstance(rows, str):
        assert rows.startswith("Invalid file format. Example ")
    else:
        assert all(isinstance(row, dict) for row in rows)


@pytest.mark.parametrize(
    "line",
    [
        b'{"messages": ' + b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": "\\ud83d"}',
        b'{"a": "\xff"}',
        b"{'a': 1}",
        b"1" * 6000,
        b"\x00",
    ],
)
def test_hostile_lines_are_refused(line: bytes) -> None:
    with pytest.raises(RowError, match="Example 9"):
        parse_row(9, line)


def test_an_endless_line_is_refused_without_being_read() -> None:
    stream = io.BytesIO(b'{"a": "' + b"x" * (3 * MAX_LINE_BYTES))
    with pytest.raises(RowError, match="Example 1 is longer than"):
        list(read_lines(stream))
    assert stream.tell() == MAX_LINE_BYTES + 1


def test_blank_lines_and_marks_are_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"b": "\xe2\x80\xa8"}')
    assert list(read_rows(path)) == [(1, {"a": 1}), (4, {"b": "\u2028"})]


def test_examples_are_read_again_by_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"prompt": str(n), "completion": "x"}).encode() for n in range(4)]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n\n \n".join(lines))
    with ExampleFile(path) as examples:
        assert [example.turns[0].text for example in examples] == ["0", "1", "2", "3"]
        assert [example.turns[0].text for example in examples[1:3]] == ["1", "2"]
        assert examples[3].targets[0].answer == "x"


def test_tokens_are_counted_as_they_are_billed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    line = json.dumps({"messages": VALID["plain"]}) + "\n"
    path.write_text(line * 12, encoding="utf-8")
    file = FileToCheck("file-1", path, "training", "supervised", "tiny-chat")
    checked = check_file(file, get_encoding("o200k_base"))
    assert (checked.example_count, checked.tokens) == (12, 12 * (1 + (4 + 1) + (4 + 1)))


def test_of_a_preference_the_input_is_billed_once_and_both_outputs(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text((json.dumps(PAIR) + "\n") * 10, encoding="utf-8")
    file = FileToCheck("file-1", path, "training", "dpo", "tiny-chat")
    checked = check_file(file, get_encoding("o200k_base"))
    assert (checked.example_count, checked.tokens) == (10, 10 * (1 + 3 * (4 + 1)))


def test_an_empty_validation_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n\n")
    file = FileToCheck("file-1", path, "validation", "supervised", "tiny-chat")
    with pytest.raises(InvalidFile, match="Validation file has 0 example") as refused:
        check_file(file, get_encoding("o200k_base"))
    assert (refused.value.code, refused.value.param) == ("invalid_n_examples", "validation_file")

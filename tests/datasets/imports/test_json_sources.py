"""JSON lines, arrays, documents over many lines, SQuAD: cut without being held."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.imports.json_items import find_depth, read_items
from app.datasets.imports.kinds import Shape, SourceKind
from tests.datasets.conftest import chat_row
from tests.datasets.imports.files import read_rows, read_values, recognise, write_json_lines

CHAT = [chat_row(number) for number in range(5)]
SQUAD = {
    "version": "1.0",
    "data": [
        {
            "title": "개",
            "paragraphs": [
                {
                    "context": "개는 짖는다.",
                    "qas": [
                        {
                            "id": "1",
                            "question": "개는?",
                            "answers": [{"text": "짖는다"}, {"text": "x"}],
                        },
                        {"id": "2", "question": "고양이는?", "answers": []},
                    ],
                }
            ],
        },
        {"title": "without"},
    ],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_is_read(tmp_path: Path, indent: int | None, encoding: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(CHAT, indent=indent), encoding)
    found = recognise(path)
    assert (found.kind, found.shape) == (SourceKind.JSON, Shape.CHAT)
    assert read_values(path) == CHAT


def test_objects_over_many_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes("\r\n".join(json.dumps(row, indent=1) for row in CHAT).encode())
    assert recognise(path).kind is SourceKind.JSON
    assert read_values(path) == CHAT
    assert read_rows(path)[0].line == 1
    assert read_rows(path)[1].line > 2


def test_a_list_inside_of_an_object_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    document = {"object": "list", "count": 5, "data": CHAT, "more": [{"not": "a row"}]}
    path.write_text(json.dumps(document))
    assert read_values(path) == CHAT


def test_a_single_pretty_example_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(CHAT[0], indent=2))
    assert read_values(path) == CHAT[:1]


def test_lists_of_messages_are_conversations(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "data.jsonl", [row["messages"] for row in CHAT])
    assert read_values(path) == CHAT
    path.write_text(json.dumps([row["messages"] for row in CHAT]))
    assert read_values(path) == CHAT


def test_what_is_no_object_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('[{"a": 1}, 5, null, "x", [1], {"a": 2} ] tail')
    assert [row.values for row in read_rows(path) if row.values] == [{"a": 1}, {"a": 2}]
    assert sum(row.reason is not None for row in read_rows(path)) >= 3


def test_a_cut_document_says_so(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(CHAT, indent=1)[:-120])
    rows = read_rows(path)
    assert rows[-1].reason is not None
    assert rows[-1].reason.id == "cut_off"
    assert len([row for row in rows if row.values]) == 4


def test_broken_lines_keep_the_words_of_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("{'messages': []}\n\n" + json.dumps(CHAT[0]) + '\n{"a": NaN}\n' + "[" * 5000)
    reasons = [row.reason.id if row.reason else None for row in read_rows(path)]
    assert reasons == ["single_quotes", "blank_row", None, "not_a_number", "nested_too_deep"]
    assert all(row.reason.message for row in read_rows(path) if row.reason)


def test_questions_become_rows(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(SQUAD))
    found = recognise(path)
    assert (found.shape, found.depth) == (Shape.QUESTIONS, 2)
    rows = read_rows(path)
    assert rows[0].values == {
        "question": "개는?", "answer": "짖는다", "context": "개는 짖는다.",
        "title": "개", "id": "1",
    }  # fmt: skip
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[1].values is not None
    assert rows[1].values["answer"] == ""
    assert rows[2].reason is not None


def test_an_item_that_is_too_long_is_passed_over() -> None:
    rows = [{"a": "x"}, {"a": "y" * 100_000}, {"a": "z"}]
    stream = io.BytesIO(json.dumps(rows).encode())
    items = list(read_items(stream, 1, max_bytes=1_000))
    assert [item.text is None for item in items] == [False, True, False]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=6), json_values, min_size=1, max_size=3)


@given(st.lists(objects, min_size=1, max_size=6), st.sampled_from([None, 2]), st.booleans())
def test_any_objects_are_cut_where_they_end(
    rows: list[dict[str, Any]], indent: int | None, is_array: bool
) -> None:
    written = [json.dumps(row, indent=indent) for row in rows]
    text = f"[{', '.join(written)}]" if is_array else "\n".join(written)
    stream = io.BytesIO(text.encode())
    found = [json.loads(item.text or b"") for item in read_items(stream, 1 if is_array else 0)]
    assert found == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text('[]{}"\\,:1a \n', max_size=60))
def test_cutting_never_fails(text: str) -> None:
    start = text.encode()
    items = list(read_items(io.BytesIO(start), find_depth(start)))
    assert all(item.line >= 1 for item in items)

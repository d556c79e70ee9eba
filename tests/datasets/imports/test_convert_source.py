"""Rows become examples: order, duplicates, types, what is left out, and where lines came from."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.datasets.imports.conversion import (
    Conversion,
    ImportCancelled,
    convert,
    row_map,
    second_path,
)
from app.datasets.imports.left_out import write_left_out
from app.datasets.imports.mapping import Mapping, Target
from app.datasets.imports.preview import preview
from app.datasets.imports.rendering import MappingRefused
from app.datasets.imports.sources import open_source
from tests.datasets.conftest import chat_row
from tests.datasets.imports.files import write_json_lines

CHAT = {"target": "chat", "user": "{{ review }}", "assistant": "{{ star }}"}
TABLE = "review,star\nb,2.0\na,1\nb,3\n,4\nc,many\nd,5\n\na,5.0\n"


def run(tmp_path: Path, text: str = TABLE, **mapping: Any) -> tuple[list[Any], Conversion]:
    path, out = tmp_path / "x.csv", tmp_path / "out.jsonl"
    path.write_text(text, "utf-8")
    with open_source(path) as source:
        done = convert(source, Mapping.model_validate(CHAT | mapping), out)
        write_left_out(source, done.left_out, tmp_path / "left_out.jsonl")
    return read_lines(out), done


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def contents(examples: list[Any]) -> list[str]:
    return [" ".join(m["content"] for m in example["messages"]) for example in examples]


def test_rows_are_typed_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    examples, done = run(tmp_path, types={"star": "integer"})
    assert contents(examples) == ["b 2", "a 1", "b 3", "d 5", "a 5"]
    assert {r.id: n for r, n in done.left_out.counts.items()} == {
        "empty_part": 1, "not_whole": 1, "blank_row": 1
    }  # fmt: skip
    assert done.has_problems
    assert (done.rows, done.examples) == (8, 5)
    left_out = read_lines(tmp_path / "left_out.jsonl")
    assert [row["row"] for row in left_out] == [4, 5, 7]
    assert left_out[1]["source"] == {"review": "c", "star": "many"}
    assert "star" in left_out[1]["message"]


def test_lines_point_back_to_their_rows(tmp_path: Path) -> None:
    text = 'review,star\n"two\nlines",1\nb,2\n'
    _, done = run(tmp_path, text, sort_by="star", descending=True)
    assert row_map(done.outputs[0].row_map).tolist() == [[2, 4], [1, 2]]


@pytest.mark.parametrize(
    ("keep", "expected"), [("first", ["b 2.0", "a 1"]), ("last", ["b 3", "a 5.0"])]
)
def test_duplicates_keep_the_place_of_the_first(
    tmp_path: Path, keep: str, expected: list[str]
) -> None:
    examples, done = run(tmp_path, unique_by="{{ review | trim }}", keep=keep)
    assert contents(examples)[:2] == expected
    duplicates = [r for r in read_lines(tmp_path / "left_out.jsonl") if r["reason"] == "duplicate"]
    assert [(row["row"], row["kept_row"]) for row in duplicates] == (
        [(3, 1), (8, 2)] if keep == "first" else [(1, 3), (2, 8)]
    )
    assert done.rows == done.examples + len(done.left_out)


@pytest.mark.parametrize(
    ("descending", "order"),
    [(False, ["1", "2", "5", "10", "x"]), (True, ["x", "10", "5", "2", "1"])],
)
def test_numbers_are_sorted_by_size(tmp_path: Path, descending: bool, order: list[str]) -> None:
    text = "review,star\na,10\nb,2\nc,x\nd,1\ne,5\n"
    examples, _ = run(tmp_path, text, sort_by="star", descending=descending)
    assert [example["messages"][-1]["content"] for example in examples] == order


def test_with_and_without_system_side_by_side(tmp_path: Path) -> None:
    examples, done = run(
        tmp_path, "review,star,lang\na,1,ko\nb,2,\n", system="{{ lang }}", also_without_system=True
    )
    assert contents(examples) == ["ko a 1", "b 2"]
    assert contents(read_lines(second_path(done.outputs[0].path))) == ["a 1", "b 2"]
    assert [output.is_without_system for output in done.outputs] == [False, True]


def test_system_messages_of_examples_can_be_left_away(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "x.jsonl", [chat_row()])
    with open_source(path) as source:
        mapping = Mapping(target=Target.KEEP, also_without_system=True)
        done = convert(source, mapping, tmp_path / "out.jsonl")
    assert [m["role"] for m in read_lines(done.outputs[1].path)[0]["messages"]] == [
        "user", "assistant"
    ]  # fmt: skip


def test_the_same_source_makes_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path, sort_by="review", unique_by="{{ star }}")
    first = (tmp_path / "out.jsonl").read_bytes()
    run(tmp_path, sort_by="review", unique_by="{{ star }}")
    assert (tmp_path / "out.jsonl").read_bytes() == first
    assert not first.startswith(b"\xef\xbb\xbf")


def test_reinforcement_rows_carry_fields(tmp_path: Path) -> None:
    examples, _ = run(
        tmp_path, "review,star\na,1\n", target="reinforcement", assistant=None,
        fields={"reference": "{{ star }}"},
    )  # fmt: skip
    assert examples == [{"messages": [{"role": "user", "content": "a"}], "reference": "1"}]


def test_nothing_is_left_behind_by_what_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("review,star\n" + "a,1\n" * 3_000)
    with open_source(path) as source, pytest.raises(ImportCancelled):
        convert(
            source, Mapping.model_validate(CHAT), tmp_path / "o.jsonl", lambda rows: rows < 2_000
        )
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused) as caught:
        run(tmp_path, user="{{ nothing }}")
    assert caught.value.problems[0].field == "user"
    assert not (tmp_path / "out.jsonl").exists()


def test_the_preview_shows_rows_beside_examples(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(TABLE)
    with open_source(path) as source:
        shown = preview(source, Mapping.model_validate(CHAT | {"types": {"star": "integer"}}), 5)
        wrong = preview(source, Mapping.model_validate(CHAT | {"user": "{{ x"}))
    assert [row.reason.id if row.reason else None for row in shown.rows] == [
        None, None, None, "empty_part", "not_whole"
    ]  # fmt: skip
    assert shown.rows[0].row.values == {"review": "b", "star": "2.0"}
    assert shown.rows[0].example is not None
    assert (wrong.rows, len(wrong.problems)) == ((), 1)

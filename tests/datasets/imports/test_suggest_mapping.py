"""What is suggested for columns as they come, and what a mapping refuses."""

from pathlib import Path
from typing import Any

import pytest

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.mapping import Mapping, Target, check_mapping, columns_key
from app.datasets.imports.suggestion import suggest_mapping
from tests.datasets.conftest import chat_row
from tests.datasets.imports.files import REVIEWS, import_suggested, recognise, write_json_lines


def suggest(path: Path, text: str) -> Mapping:
    path.write_text(text, "utf-8")
    return suggest_mapping(recognise(path))


@pytest.mark.parametrize(
    ("header", "user", "assistant"),
    [
        ("review,star", "{{ review }}", "{{ star }}"),
        ("id,title,body,label", "{{ title }}\n{{ body }}", "{{ label }}"),
        ("question,answer", "{{ question }}", "{{ answer }}"),
        ("Text,Sentiment", "{{ Text }}", "{{ Sentiment }}"),
        ("리뷰,별점", "{{ 리뷰 }}", "{{ 별점 }}"),
        ("context,question,answer", "{{ context }}\n\n{{ question }}", "{{ answer }}"),
    ],
)
def test_columns_by_name(tmp_path: Path, header: str, user: str, assistant: str) -> None:
    names = header.split(",")
    rows = [",".join(f"{name} text {n}" for name in names) for n in range(4)]
    found = suggest(tmp_path / "x.csv", "\n".join([header, *rows]))
    assert (found.user, found.assistant) == (user, assistant)


def test_columns_by_what_they_hold(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'ham' if n % 3 else 'spam'},a longer text {n}\n" for n in range(30))
    found = suggest(tmp_path / "x.csv", f"n,v1,v2\n{rows}")
    assert (found.user, found.assistant) == ("{{ v2 }}", "{{ v1 }}")


def test_prompt_and_completion(tmp_path: Path) -> None:
    found = suggest(tmp_path / "x.csv", "prompt,completion\na b,c\nd e,f\n")
    assert (found.target, found.prompt) == (Target.COMPLETION, "{{ prompt }}")


def test_whole_numbers_are_typed(tmp_path: Path) -> None:
    assert suggest(tmp_path / "x.csv", REVIEWS).types == {"star": ColumnType.INTEGER}
    assert suggest(tmp_path / "y.csv", "text,label\na,007\nb,010\n").types == {}


def test_instructions_with_input_and_history(tmp_path: Path) -> None:
    rows = [
        {"instruction": "Add", "input": "1 2", "output": "3", "history": [["Hi", "Hello"]]},
        {"instruction": "Greet {{name}}", "input": "", "output": "Hi {{name}}", "history": []},
    ]
    path = write_json_lines(tmp_path / "x.jsonl", rows)
    _, examples = import_suggested(path, tmp_path / "out.jsonl")
    assert [m["content"] for m in examples[0]["messages"]] == ["Hi", "Hello", "Add\n1 2", "3"]
    assert [m["content"] for m in examples[1]["messages"]] == ["Greet {{name}}", "Hi {{name}}"]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "chosen": "good", "rejected": "bad"},
        {
            "chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "good"}],
            "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "bad"}],
        },
        {
            "prompt": [{"from": "human", "value": "q"}],
            "chosen": [{"from": "gpt", "value": "good"}],
            "rejected": [{"from": "gpt", "value": "bad"}],
        },
    ],
)
def test_chosen_and_rejected_answers(tmp_path: Path, row: dict[str, Any]) -> None:
    path = write_json_lines(tmp_path / "x.jsonl", [row, row])
    _, examples = import_suggested(path, tmp_path / "out.jsonl")
    assert examples[0] == {
        "input": {"messages": [{"role": "user", "content": "q"}]},
        "preferred_output": [{"role": "assistant", "content": "good"}],
        "non_preferred_output": [{"role": "assistant", "content": "bad"}],
    }


@pytest.mark.parametrize(
    "row",
    [
        chat_row(),
        {"prompt": "a", "completion": "b"},
        {"messages": [{"role": "user", "content": "q"}], "reference": 4},
        {"input": {"messages": []}, "preferred_output": [], "non_preferred_output": []},
    ],
)
def test_examples_stay_as_they_are(tmp_path: Path, row: dict[str, Any]) -> None:
    path = write_json_lines(tmp_path / "x.jsonl", [row, row])
    mapping, examples = import_suggested(path, tmp_path / "out.jsonl")
    assert mapping.target is Target.KEEP
    assert examples == [row, row]


def test_flat_squad(tmp_path: Path) -> None:
    row = {"context": "c", "question": "q", "answers": {"text": ["a", "b"], "answer_start": [0, 1]}}
    path = write_json_lines(tmp_path / "x.jsonl", [row])
    _, examples = import_suggested(path, tmp_path / "out.jsonl")
    assert [m["content"] for m in examples[0]["messages"]] == ["c\n\nq", "a"]


def test_problems_name_the_field_and_the_place() -> None:
    mapping = Mapping(
        target=Target.CHAT, user="{{ a }} {{ nope }}", chosen="{{ a }}",
        types={"b": ColumnType.TEXT}, unique_by="{{ a", history="none",
    )  # fmt: skip
    found = {(each.field, each.position) for each in check_mapping(mapping, ["a"])}
    assert found == {
        ("assistant", None), ("chosen", None), ("user", 8), ("types", None), ("unique_by", 0),
        ("history", None),
    }  # fmt: skip


def test_columns_are_recognised_in_any_order() -> None:
    assert columns_key(["a", "b"]) == columns_key(["b", "a"]) != columns_key(["a"])

"""ShareGPT and its relatives become messages."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.datasets.imports.rows import LeftOut
from app.datasets.imports.sharegpt import read_history, read_tools, read_turns
from tests.datasets.imports.files import import_suggested, write_json_lines

CALL = '{"name": "weather", "arguments": {"city": "서울"}}'
TURNS = [
    {"from": "human", "value": "날씨?"},
    {"from": "function_call", "value": CALL},
    {"from": "observation", "value": "맑음"},
    {"from": "gpt", "value": "맑아요.", "weight": 1},
]
TOOLS = [{"name": "weather", "parameters": {"type": "object"}}]


@pytest.mark.parametrize("as_text", [False, True])
def test_conversations_with_tools(tmp_path: Path, as_text: bool) -> None:
    row = {
        "conversations": json.dumps(TURNS) if as_text else TURNS,
        "system": "짧게",
        "tools": json.dumps(TOOLS),
    }
    _, examples = import_suggested(
        write_json_lines(tmp_path / "x.jsonl", [row]), tmp_path / "out.jsonl"
    )
    messages = examples[0]["messages"]
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "tool", "assistant"]
    call = messages[2]["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == {"city": "서울"}
    assert messages[3]["tool_call_id"] == call["id"]
    assert messages[4]["weight"] == 1
    assert examples[0]["tools"] == [{"type": "function", "function": TOOLS[0]}]


def test_several_calls_are_one_message() -> None:
    turns = [TURNS[0], TURNS[1], TURNS[1], TURNS[2], TURNS[2], TURNS[3]]
    messages = read_turns(turns)
    assert [m["role"] for m in messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert [m["tool_call_id"] for m in messages[2:4]] == ["call_1", "call_2"]


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([], "no_turns"),
        (None, "no_turns"),
        ("not json", "no_turns"),
        ([5], "wrong_turn"),
        ([{"value": "x"}], "wrong_turn"),
        ([{"from": "human", "value": 5}], "wrong_turn"),
        ([{"from": "narrator", "value": "x"}], "unknown_speaker"),
        ([{"from": "observation", "value": "x"}], "answer_without_call"),
        ([{"from": "function_call", "value": "x"}], "wrong_call"),
    ],
)
def test_what_is_no_conversation_is_left_out(turns: Any, reason: str) -> None:
    with pytest.raises(LeftOut) as caught:
        read_turns(turns)
    assert caught.value.reason.id == reason
    assert caught.value.reason.message


def test_tools_and_history_must_have_their_shape() -> None:
    assert read_tools(" ") is None
    assert read_history("[]") == []
    with pytest.raises(LeftOut):
        read_tools({"a": 1})
    with pytest.raises(LeftOut):
        read_history([["question only"]])

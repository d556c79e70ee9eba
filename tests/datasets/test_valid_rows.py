"""What providers take today is valid, also where the tutorials did not know it yet."""

from typing import Any

import pytest

from app.datasets.formats import DatasetFormat
from tests.datasets.conftest import Check
from tests.datasets.row_cases import ANSWER, CALL, CALLING, IMAGE, LOOK, TOLD, USER, chat, pair

ON_LABELS = {
    "imbalanced_answers", "few_examples", "few_examples_per_class", "labels_of_several_tokens",
}  # fmt: skip
TEXT = {"type": "text", "text": "What is this?"}

VALID: list[tuple[str, dict[str, Any]]] = [
    ("tools", chat(USER, CALLING, TOLD, ANSWER, tools=[LOOK], parallel_tool_calls=False)),
    ("ends with a call", chat(USER, CALLING, tools=[LOOK])),
    ("content null beside calls",
     chat(USER, CALLING | {"content": None}, TOLD, ANSWER, tools=[LOOK])),
    ("empty tool answer", chat(USER, CALLING, TOLD | {"content": ""}, ANSWER, tools=[LOOK])),
    ("two calls", chat(USER, {"role": "assistant", "tool_calls": [CALL, CALL | {"id": "call_2"}]},
                       TOLD, TOLD | {"tool_call_id": "call_2"}, ANSWER, tools=[LOOK])),
    ("function call", chat(USER, {"role": "assistant", "content": None,
                                  "function_call": {"name": "look", "arguments": "{}"}},
                           {"role": "function", "name": "look", "content": "sunny"}, ANSWER)),
    ("legacy functions", chat(USER, ANSWER, functions=[{"name": "look"}])),
    ("image", chat(USER | {"content": [TEXT, IMAGE]}, ANSWER)),
    ("image data", chat(USER | {"content": [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    ]}, ANSWER)),
    ("parts of the assistant", chat(USER, ANSWER | {"content": [TEXT]})),
    ("refusal", chat(USER, {"role": "assistant", "content": None, "refusal": "I can't."})),
    ("weights", chat(USER, ANSWER | {"weight": 0}, USER, ANSWER | {"weight": 1})),
    ("name", chat(USER | {"name": "Ann_2-b"}, ANSWER)),
    ("nulls as an SDK writes them", chat(USER, ANSWER | {
        "refusal": None, "tool_calls": None, "function_call": None, "name": None, "weight": None})),
    ("developer", chat({"role": "developer", "content": "Be brief."}, USER, ANSWER)),
    ("no system", chat(USER, ANSWER)),
    ("angle brackets", chat(USER | {"content": "a <| b |> <|custom|>"}, ANSWER)),
    ("big number", chat(USER, CALLING, tools=[LOOK | {"n": 2**70}])),
    ("colons in texts", chat(USER | {"content": '{"a": 1, "a": 2}'}, ANSWER)),
]  # fmt: skip


@pytest.mark.parametrize("row", [row for _, row in VALID], ids=[name for name, _ in VALID])
def test_a_chat_row_of_today(check: Check, row: dict[str, Any]) -> None:
    checked = check([chat(USER | {"content": f"number {n}"}, ANSWER) for n in range(11)] + [row])
    assert checked.rule_ids <= {"developer_role", "mixed_system_prompts"} | ON_LABELS
    assert checked.report.ok
    assert checked.report.examples == 12


@pytest.mark.parametrize(
    ("row_format", "row"),
    [
        (DatasetFormat.COMPLETION, {"prompt": "a ->", "completion": " b and more END"}),
        (DatasetFormat.COMPLETION, {"prompt": "", "completion": " b"}),
        (DatasetFormat.PREFERENCE, pair()),
        (DatasetFormat.PREFERENCE, pair(input={"messages": [USER], "tools": [LOOK]})),
        (DatasetFormat.REINFORCEMENT, chat(USER, reference_answer=4)),
        (DatasetFormat.REINFORCEMENT, chat(USER, ANSWER, USER, target={"a": [1]})),
    ],
)
def test_a_row_of_another_format(
    check: Check, row_format: DatasetFormat, row: dict[str, Any]
) -> None:
    checked = check([row] * 10)
    assert checked.report.format is row_format
    same = {"identical_prompts", "identical_completions", "open_ended"}
    assert checked.rule_ids <= {"duplicate_example"} | same | ON_LABELS
    assert checked.report.statistics.tokens_total > 0


def test_the_format_can_be_said(check: Check) -> None:
    checked = check([chat(USER, ANSWER)], format="preference")
    assert checked.report.format is DatasetFormat.PREFERENCE
    assert "mixed_formats" in checked.rule_ids

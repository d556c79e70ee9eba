"""Rows that break one rule each: format, rule, row, place."""

from typing import Any

from app.datasets.formats import DatasetFormat
from app.datasets.rules_content import MAX_BLANKS, SPECIAL_TOKENS
from tests.datasets.conftest import chat_row

USER = {"role": "user", "content": "Hello"}
ANSWER = {"role": "assistant", "content": "Hi there."}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
CALLING = {"role": "assistant", "tool_calls": [CALL]}
TOLD = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
LOOK = {"type": "function", "function": {"name": "look"}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


def chat(*messages: object, **extra: Any) -> dict[str, Any]:
    return {"messages": list(messages)} | extra


def calling(**changes: Any) -> dict[str, Any]:
    return chat(USER, {"role": "assistant", "tool_calls": [CALL | changes]}, TOLD, ANSWER)


def pair(**changes: Any) -> dict[str, Any]:
    row = {
        "input": {"messages": [USER]},
        "preferred_output": [ANSWER],
        "non_preferred_output": [{"role": "assistant", "content": "Go away."}],
    }
    return row | changes


CHAT_CASES = [
    ("missing_messages_list", {"text": "x"}, "messages"),
    ("missing_messages_list", {"messages": []}, "messages"),
    ("missing_messages_list", {"messages": "x"}, "messages"),
    ("message_data_type", chat(USER, "Hi", ANSWER), "messages[1]"),
    ("message_missing_key", chat({"content": "Hello"}, ANSWER), "messages[0]"),
    ("message_missing_key", chat({"role": "user"}, ANSWER), "messages[0]"),
    ("message_unrecognized_key", chat(USER | {"mood": "bad"}, ANSWER), "messages[0].mood"),
    ("unrecognized_role", chat(USER | {"role": "human"}, ANSWER), "messages[0].role"),
    ("unrecognized_role", chat(USER | {"role": ["user"]}, ANSWER), "messages[0].role"),
    ("missing_content", chat(USER | {"content": None}, ANSWER), "messages[0].content"),
    ("missing_content", chat(USER | {"content": ""}, ANSWER), "messages[0].content"),
    ("missing_content", chat(USER | {"content": 5}, ANSWER), "messages[0].content"),
    ("missing_content", chat(USER | {"content": []}, ANSWER), "messages[0].content"),
    ("empty_content", chat(USER | {"content": " \n"}, ANSWER), "messages[0].content"),
    ("misplaced_key", chat(USER | {"weight": 1}, ANSWER), "messages[0].weight"),
    ("name_invalid", chat(USER | {"name": "a b"}, ANSWER), "messages[0].name"),
    ("name_invalid", chat(USER | {"name": "n" * 65}, ANSWER), "messages[0].name"),
    ("weight_invalid", chat(USER, ANSWER | {"weight": 0.5}), "messages[1].weight"),
    (
        "developer_role",
        chat({"role": "developer", "content": "x"}, USER, ANSWER),
        "messages[0].role",
    ),
    (
        "content_part_invalid",
        chat(USER | {"content": [{"type": "odd"}]}, ANSWER),
        "messages[0].content[0]",
    ),
    (
        "content_part_invalid",
        chat(USER | {"content": [{"type": "text"}]}, ANSWER),
        "messages[0].content[0].text",
    ),
    ("image_role", chat(USER, ANSWER | {"content": [IMAGE]}), "messages[1].content[0]"),
    (
        "image_address",
        chat(USER | {"content": [IMAGE | {"image_url": {"url": "a.png"}}]}, ANSWER),
        "messages[0].content[0].image_url.url",
    ),
    ("too_many_images", chat(USER | {"content": [IMAGE] * 11}, ANSWER), "messages"),
    (
        "long_blanks",
        chat(USER | {"content": "a" + " " * (MAX_BLANKS + 1)}, ANSWER),
        "messages[0].content",
    ),
    ("tool_call_invalid", calling(type="magic"), "messages[1].tool_calls[0]"),
    ("tool_call_invalid", chat(USER, ANSWER | {"tool_calls": []}), "messages[1].tool_calls"),
    ("tool_call_missing_id", calling(id=None), "messages[1].tool_calls[0]"),
    (
        "tool_call_missing_name",
        calling(function={"arguments": "{}"}),
        "messages[1].tool_calls[0].function",
    ),
    (
        "tool_call_arguments",
        calling(function={"name": "look", "arguments": "{a"}),
        "messages[1].tool_calls[0].function.arguments",
    ),
    (
        "tool_call_arguments",
        calling(function={"name": "look", "arguments": {}}),
        "messages[1].tool_calls[0].function.arguments",
    ),
    (
        "tool_answer_missing_id",
        chat(USER, CALLING, {"role": "tool", "content": "x"}, ANSWER),
        "messages[2]",
    ),
    (
        "tool_answer_unmatched",
        chat(USER, CALLING, TOLD, TOLD | {"tool_call_id": "other"}, ANSWER),
        "messages[3].tool_call_id",
    ),
    ("tool_call_unanswered", chat(USER, CALLING, ANSWER), "messages[1].tool_calls"),
    (
        "function_missing_name",
        chat(USER, {"role": "function", "content": "x"}, ANSWER),
        "messages[1]",
    ),
    (
        "tool_not_defined",
        chat(
            USER, CALLING, TOLD, ANSWER, tools=[{"type": "function", "function": {"name": "other"}}]
        ),
        "messages[1].tool_calls",
    ),
    ("tool_not_defined", chat(USER, CALLING, TOLD, ANSWER), "messages[1].tool_calls"),
    ("tools_invalid", chat(USER, ANSWER, tools=[{}]), "tools"),
    ("tools_invalid", chat(USER, ANSWER, tools={}), "tools"),
    ("example_missing_assistant_message", chat(USER), "messages"),
    ("last_message_not_assistant", chat(USER, ANSWER, USER), "messages[2]"),
    ("all_weights_zero", chat(USER, ANSWER | {"weight": 0}), "messages"),
    ("unrecognized_key", chat(USER, ANSWER, weight=1), "weight"),
    ("mixed_formats", {"prompt": "x", "completion": "y"}, ""),
] + [
    ("special_token", chat(USER | {"content": f"a{token}"}, ANSWER), "messages[0].content")
    for token in SPECIAL_TOKENS
]
COMPLETION_CASES = [
    ("prompt_data_type", {"completion": " b"}, "prompt"),
    ("completion_data_type", {"prompt": "a", "completion": 5}, "completion"),
    ("empty_completion", {"prompt": "a", "completion": " "}, "completion"),
    ("unrecognized_key", {"prompt": "a", "completion": " b", "id": 1}, "id"),
    ("special_token", {"prompt": "<|endoftext|>", "completion": " b"}, "prompt"),
    ("mixed_formats", chat_row(), ""),
]
PREFERENCE_CASES = [
    ("missing_input", pair(input=None), "input"),
    ("missing_messages_list", pair(input={}), "input.messages"),
    ("missing_output", pair(preferred_output=None), "preferred_output"),
    ("missing_output", pair(non_preferred_output=[]), "non_preferred_output"),
    ("output_role", pair(preferred_output=[USER]), "preferred_output"),
    ("output_role", pair(preferred_output=[TOLD]), "preferred_output"),
    ("identical_outputs", pair(non_preferred_output=[ANSWER]), "non_preferred_output"),
    ("input_last_not_user", pair(input={"messages": [USER, ANSWER]}), "input.messages"),
    ("unrecognized_key", pair(score=3), "score"),
    ("unrecognized_key", pair(input={"messages": [USER], "id": 3}), "input.id"),
    ("mixed_formats", chat_row(), ""),
]
REINFORCEMENT_CASES = [
    ("ends_with_answer", chat(USER, ANSWER, answer="4"), "messages[1]"),
    ("missing_reference", chat(USER), ""),
]
ROW_CASES = [
    *[(DatasetFormat.CHAT, *case) for case in CHAT_CASES],
    *[(DatasetFormat.COMPLETION, *case) for case in COMPLETION_CASES],
    *[(DatasetFormat.PREFERENCE, *case) for case in PREFERENCE_CASES],
    *[(DatasetFormat.REINFORCEMENT, *case) for case in REINFORCEMENT_CASES],
]

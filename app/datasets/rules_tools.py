"""Rules about tools: definitions, calls and the answers to them."""

import json
from collections.abc import Iterator
from typing import Any

from app.core.text import N_
from app.datasets.rules import MESSAGE_FORMATS, Fix, Problem, Rule, Severity

E, W = Severity.ERROR, Severity.WARNING

TOOL_CALL_INVALID = Rule(
    "tool_call_invalid",
    E,
    N_("“tool_calls” is not a list of calls of type function."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOOL_CALL_MISSING_ID = Rule(
    "tool_call_missing_id",
    E,
    N_("A tool call has no “id”."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOOL_CALL_MISSING_NAME = Rule(
    "tool_call_missing_name",
    E,
    N_("A call does not name its function."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOOL_CALL_ARGUMENTS = Rule(
    "tool_call_arguments",
    E,
    N_("The arguments of a call are not a string that holds valid JSON."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOOL_ANSWER_MISSING_ID = Rule(
    "tool_answer_missing_id",
    E,
    N_("A message of the role tool has no “tool_call_id”."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
FUNCTION_MISSING_NAME = Rule(
    "function_missing_name",
    E,
    N_("A message of the role function has no “name”."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOOL_ANSWER_UNMATCHED = Rule(
    "tool_answer_unmatched",
    W,
    N_("A tool answers a call that was not made before."),
    MESSAGE_FORMATS,
)
TOOL_CALL_UNANSWERED = Rule(
    "tool_call_unanswered",
    W,
    N_("The conversation goes on without the answer to a tool call."),
    MESSAGE_FORMATS,
)
TOOL_NOT_DEFINED = Rule(
    "tool_not_defined", W, N_("A called tool is not defined in “tools”."), MESSAGE_FORMATS
)
TOOLS_INVALID = Rule(
    "tools_invalid",
    E,
    N_("“tools” is not a list of function definitions with names."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)

RULES = (
    TOOL_CALL_INVALID, TOOL_CALL_MISSING_ID, TOOL_CALL_MISSING_NAME, TOOL_CALL_ARGUMENTS,
    TOOL_ANSWER_MISSING_ID, FUNCTION_MISSING_NAME, TOOL_ANSWER_UNMATCHED, TOOL_CALL_UNANSWERED,
    TOOL_NOT_DEFINED, TOOLS_INVALID,
)  # fmt: skip


def check_tool_calls(messages: list[Any], place: str) -> Iterator[Problem]:
    """Shape of each call and answer, and that they belong together."""
    for number, message in enumerate(messages):
        if isinstance(message, dict):
            yield from _check_calls_of(message, f"{place}[{number}]")
    yield from _check_answers(messages, place)


def check_tools(holder: dict[str, Any], messages: object, place: str) -> Iterator[Problem]:
    """`holder` is what carries `tools` beside the messages: a row, or the input of a pair.

    Without any, every tool that is called is not defined.
    """
    tools = [] if holder.get("tools") is None else holder["tools"]
    if not isinstance(tools, list) or not all(_definition_name(tool) for tool in tools):
        yield Problem(TOOLS_INVALID, f"{place}tools")
        return
    defined = {_definition_name(tool) for tool in tools}
    for number, name in _called_names(messages):
        if name not in defined:
            yield Problem(TOOL_NOT_DEFINED, f"{place}messages[{number}].tool_calls")


def calls_of(message: dict[str, Any]) -> list[Any]:
    calls = message.get("tool_calls")
    return calls if isinstance(calls, list) else []


def _check_calls_of(message: dict[str, Any], place: str) -> Iterator[Problem]:
    calls = message.get("tool_calls")
    if calls is not None and (not isinstance(calls, list) or not calls):
        yield Problem(TOOL_CALL_INVALID, f"{place}.tool_calls")
    for number, call in enumerate(calls_of(message)):
        yield from _check_call(call, f"{place}.tool_calls[{number}]")
    if message.get("function_call") is not None:
        yield from _check_function(message["function_call"], f"{place}.function_call")
    role = message.get("role")
    if role == "tool" and not _text(message.get("tool_call_id")):
        yield Problem(TOOL_ANSWER_MISSING_ID, place)
    if role == "function" and not _text(message.get("name")):
        yield Problem(FUNCTION_MISSING_NAME, place)


def _check_call(call: object, place: str) -> Iterator[Problem]:
    if not isinstance(call, dict) or call.get("type", "function") != "function":
        yield Problem(TOOL_CALL_INVALID, place)
        return
    if not _text(call.get("id")):
        yield Problem(TOOL_CALL_MISSING_ID, place)
    yield from _check_function(call.get("function"), f"{place}.function")


def _check_function(function: object, place: str) -> Iterator[Problem]:
    fields = function if isinstance(function, dict) else {}
    if not _text(fields.get("name")):
        yield Problem(TOOL_CALL_MISSING_NAME, place)
    if not _is_json(fields.get("arguments")):
        yield Problem(TOOL_CALL_ARGUMENTS, f"{place}.arguments")


def _check_answers(messages: list[Any], place: str) -> Iterator[Problem]:
    """Calls wait for their answers until the next message that is not one."""
    made: set[str] = set()
    waiting: dict[str, str] = {}
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        if message.get("role") == "tool":
            yield from _answer(message, made, waiting, f"{place}[{number}]")
            continue
        yield from (Problem(TOOL_CALL_UNANSWERED, asked) for asked in waiting.values())
        ids = [_text(call.get("id")) for call in calls_of(message) if isinstance(call, dict)]
        waiting = {call_id: f"{place}[{number}].tool_calls" for call_id in ids if call_id}
        made |= waiting.keys()


def _answer(
    message: dict[str, Any], made: set[str], waiting: dict[str, str], place: str
) -> Iterator[Problem]:
    call_id = _text(message.get("tool_call_id"))
    if call_id and call_id not in made:
        yield Problem(TOOL_ANSWER_UNMATCHED, f"{place}.tool_call_id")
    waiting.pop(call_id, None)


def _called_names(messages: object) -> Iterator[tuple[int, str]]:
    for number, message in enumerate(messages if isinstance(messages, list) else []):
        for call in calls_of(message) if isinstance(message, dict) else []:
            function = call.get("function") if isinstance(call, dict) else None
            name = _text(function.get("name")) if isinstance(function, dict) else ""
            if name:
                yield number, name


def _definition_name(tool: object) -> str:
    function = tool.get("function") if isinstance(tool, dict) else None
    return _text(function.get("name")) if isinstance(function, dict) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_json(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True

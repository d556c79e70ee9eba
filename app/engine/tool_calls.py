"""Tool calls as the text a model learns and writes.

An assistant message that calls tools reads `what it says<tool_calls>[{"name": …, "arguments": …}]`.
The ids are left out: they are made by chance, so there is nothing to learn in them.
"""

import json
from dataclasses import dataclass
from typing import Any

from app.engine.ids import new_id

CALLS = "<tool_calls>"
FUNCTION_CALL = "<function_call>"  # the legacy form, of one call
MARKERS = (CALLS, FUNCTION_CALL)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer taken apart; calls are {"name", "arguments"}."""

    content: str | None
    calls: tuple[Json, ...] = ()
    is_legacy: bool = False

    @property
    def finish_reason(self) -> str:
        return "function_call" if self.is_legacy else "tool_calls"


def calls_text(message: Json) -> str:
    """Empty when the message calls nothing; what is no call is kept as it is."""
    if calls := message.get("tool_calls"):
        is_list = isinstance(calls, list)
        named = [_named(_function(call)) for call in calls] if is_list else calls
        return CALLS + json.dumps(named, ensure_ascii=False)
    if call := message.get("function_call"):
        return FUNCTION_CALL + json.dumps(_named(call), ensure_ascii=False)
    return ""


def tools_text(source: Json) -> str:
    """Names and descriptions of the tools (or functions) of a row or a request."""
    tools = [_function(tool) for tool in _list(source.get("tools"))]
    functions = [*tools, *_list(source.get("functions"))]
    named = [one for one in functions if isinstance(one, dict)]
    texts = (one.get(key) for one in named for key in ("name", "description"))
    return "\n".join(text for text in texts if isinstance(text, str))


def take_apart(text: str) -> Said:
    """A call that was cut short stays text."""
    for marker in MARKERS:
        content, found, rest = text.partition(marker)
        calls = _parsed(rest, marker) if found else None
        if calls:
            return Said(content or None, tuple(calls), marker == FUNCTION_CALL)
    return Said(text)


def call_object(call: Json) -> Json:
    return {"id": new_id("call_"), "type": "function", "function": call}


def is_call(call: object) -> bool:
    return (
        isinstance(call, dict)
        and isinstance(call.get("name"), str)
        and isinstance(call.get("arguments"), str)
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _function(call: object) -> object:
    return call.get("function", call) if isinstance(call, dict) else call


def _named(call: object) -> object:
    if isinstance(call, dict) and is_call(call):
        return {name: call[name] for name in ("name", "arguments")}
    return call


def _parsed(text: str, marker: str) -> list[Json] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    calls = [value] if marker == FUNCTION_CALL else value
    return calls if isinstance(calls, list) and all(map(is_call, calls)) else None

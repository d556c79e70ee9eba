"""Turns of many layouts as messages: ShareGPT (from, value), and role with content."""

from collections.abc import Sequence
from typing import Any

import orjson

from app.datasets.imports import rows
from app.datasets.imports.rows import LeftOut

Message = dict[str, Any]
SPEAKERS = {
    "human": "user", "user": "user", "prompter": "user", "instruction": "user",
    "gpt": "assistant", "assistant": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "model": "assistant", "ai": "assistant",
    "system": "system", "developer": "developer",
    "function_call": "call", "tool_call": "call",
    "observation": "tool", "tool": "tool", "function_response": "tool",
    "tool_response": "tool", "function": "tool",
}  # fmt: skip
SPEAKER_KEYS = ("from", "role", "speaker")
TEXT_KEYS = ("value", "content", "text")
KEPT_KEYS = ("name", "weight", "tool_calls", "tool_call_id", "refusal")


def is_turns(value: Any) -> bool:
    """A list of turns; text that holds such a list as JSON is not."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and _first(turn, SPEAKER_KEYS) is not None for turn in value)
    )


def read_turns(value: Any) -> list[Message]:
    """Raises LeftOut."""
    turns = _parse(value)
    if not isinstance(turns, list) or not turns:
        raise LeftOut(rows.NO_TURNS)
    messages: list[Message] = []
    waiting: list[str] = []
    for turn in turns:
        _add(turn, messages, waiting)
    return messages


def read_tools(value: Any) -> list[Any] | None:
    """Functions as tools; bare ones are wrapped. Raises LeftOut."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    tools = _parse(value)
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise LeftOut(rows.WRONG_TOOLS)
    wrapped = [
        tool if "function" in tool else {"type": "function", "function": tool} for tool in tools
    ]
    return wrapped or None


def read_history(value: Any) -> list[Message]:
    """Alpaca's `[[question, answer], …]`. Raises LeftOut."""
    pairs = _parse(value) if value not in (None, "") else []
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise LeftOut(rows.WRONG_HISTORY)
    speakers = ("user", "assistant")
    return [
        {"role": role, "content": text}
        for pair in pairs
        for role, text in zip(speakers, pair, strict=True)
    ]


def without_system(messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message.get("role") not in {"system", "developer"}]


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) for t in pair)


def _parse(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _first(turn: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((turn[key] for key in keys if key in turn), None)


def _add(turn: Any, messages: list[Message], waiting: list[str]) -> None:
    """`waiting` holds the ids of calls that no tool has answered yet."""
    speaker = _first(turn, SPEAKER_KEYS) if isinstance(turn, dict) else None
    if not isinstance(speaker, str):
        raise LeftOut(rows.WRONG_TURN)
    role = SPEAKERS.get(speaker.lower())
    text = _first(turn, TEXT_KEYS)
    if role is None:
        raise LeftOut(rows.UNKNOWN_SPEAKER.about(speaker=speaker[:60]))
    if role == "call":
        _add_calls(text, messages, waiting)
        return
    message = {"role": role, "content": text}
    message |= {key: turn[key] for key in KEPT_KEYS if turn.get(key) is not None}
    if not isinstance(text, str | list) and not message.get("tool_calls"):
        raise LeftOut(rows.WRONG_TURN)
    if role == "tool" and "tool_call_id" not in message:
        message["tool_call_id"] = _answered(waiting)
    messages.append(message)


def _answered(waiting: list[str]) -> str:
    if not waiting:
        raise LeftOut(rows.ANSWER_WITHOUT_CALL)
    return waiting.pop(0)


def _add_calls(text: Any, messages: list[Message], waiting: list[str]) -> None:
    """Calls right after each other belong to one message."""
    parsed = _parse(text)
    calls = parsed if isinstance(parsed, list) else [parsed]
    last = messages[-1] if messages else {}
    if "tool_calls" not in last or not waiting:
        last = {"role": "assistant", "content": None, "tool_calls": []}
        messages.append(last)
    for call in calls:
        number = sum(len(message.get("tool_calls", ())) for message in messages) + 1
        last["tool_calls"].append(_call(call, f"call_{number}"))
        waiting.append(f"call_{number}")


def _call(call: Any, id_: str) -> dict[str, Any]:
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise LeftOut(rows.WRONG_CALL)
    arguments = call.get("arguments", call.get("parameters", {}))
    text = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
    return {"id": id_, "type": "function", "function": {"name": call["name"], "arguments": text}}

"""An example as a conversation to look at, whatever its format and however broken it is.

Secrets and personal data are masked: who may look at a dataset need not read them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.places import message_of
from app.datasets.private_data import mask_private, mask_start
from app.datasets.reading import Example

LONGEST_TEXT = 1_500
MOST_TURNS = 12


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str
    id: str


@dataclass(frozen=True, slots=True)
class Turn:
    """`note` is a msgid; `left_out` counts the letters that a shortened text lacks."""

    role: str
    text: str
    note: str = ""
    name: str = ""
    is_trained: bool = True
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    broken_rules: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """`tools` are the names that may be called; `turns_left_out` those a short view lacks."""

    turns: tuple[Turn, ...]
    tools: tuple[str, ...]
    turns_left_out: int


def build_conversation(example: Example, *, is_whole: bool = False) -> Conversation:
    """Shortened for lists, whole where one example is the page."""
    turns = list(_turns(example))
    shown = turns if is_whole else turns[:MOST_TURNS]
    longest = None if is_whole else LONGEST_TEXT
    return Conversation(
        turns=tuple(_masked(turn, longest) for turn in shown),
        tools=tuple(_tool_names(example.value or {})),
        turns_left_out=len(turns) - len(shown),
    )


OUTPUTS = (
    ("preferred_output", N_("preferred")),
    ("non_preferred_output", N_("not preferred")),
)


def _turns(example: Example) -> Iterator[Turn]:
    broken = _broken_messages(example)
    for number, message in enumerate(example.messages):
        yield _turn(message, broken.get(("messages", number), ()), "")
    if example.format is DatasetFormat.PREFERENCE:
        for key, note in OUTPUTS:
            output = (example.value or {}).get(key)
            for number, message in enumerate(output if isinstance(output, list) else ()):
                yield _turn(message, broken.get((key, number), ()), note)


def _broken_messages(example: Example) -> Mapping[tuple[str, int], tuple[str, ...]]:
    broken: dict[tuple[str, int], tuple[str, ...]] = {}
    for problem in example.problems:
        where = message_of(problem.place)
        if where is not None and problem.rule.id not in broken.get(where, ()):
            broken[where] = (*broken.get(where, ()), problem.rule.id)
    return broken


def _turn(message: object, broken_rules: tuple[str, ...], note: str) -> Turn:
    if not isinstance(message, dict):
        return Turn("?", _as_text(message), note, broken_rules=broken_rules)
    return Turn(
        role=_as_text(message.get("role", "?")),
        text="\n\n".join(_texts(message)),
        note=note,
        name=_as_text(message.get("name") or message.get("tool_call_id") or ""),
        is_trained=message.get("weight", 1) != 0,
        images=tuple(_images(message.get("content"))),
        tool_calls=tuple(_tool_calls(message)),
        broken_rules=broken_rules,
    )


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"]
        elif part is not None and not _is_image(part):
            yield _as_text(part)
    if message.get("refusal"):
        yield _as_text(message["refusal"])


def _images(content: object) -> Iterator[str]:
    """Addresses; of images inside the row only their kind."""
    for part in content if isinstance(content, list) else ():
        if _is_image(part):
            image = part.get("image_url")
            address = _as_text(image.get("url", "") if isinstance(image, dict) else image)
            yield address.split(",", 1)[0] if address.startswith("data:") else address


def _is_image(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "image_url"


def _tool_calls(message: Mapping[str, Any]) -> Iterator[ToolCall]:
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        yield _tool_call(function, _as_text(call.get("id", "")) if function is not None else "")
    if "function_call" in message:
        yield _tool_call(message["function_call"], "")


def _tool_call(function: object, call_id: str) -> ToolCall:
    if not isinstance(function, dict):
        return ToolCall("?", _as_text(function), call_id)
    arguments = function.get("arguments", "")
    return ToolCall(_as_text(function.get("name", "?")), _indented(arguments), call_id)


def _indented(arguments: object) -> str:
    """JSON on lines of its own; what is no JSON as it stands."""
    text = _as_text(arguments)
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text


def _tool_names(value: Mapping[str, Any]) -> Iterator[str]:
    source = value.get("input") if isinstance(value.get("input"), dict) else value
    tools = source.get("tools") or source.get("functions") if source else None
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function", tool) if isinstance(tool, dict) else {}
        yield _as_text(function.get("name", "?") if isinstance(function, dict) else "?")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _masked(turn: Turn, longest: int | None) -> Turn:
    """Shortened where it is too long; of what is cut off no more is read than a secret is long."""
    left_out = 0 if longest is None else max(0, len(turn.text) - longest)
    return replace(
        turn,
        text=mask_start(turn.text, longest),
        name=mask_private(turn.name),
        images=tuple(map(mask_private, turn.images)),
        tool_calls=tuple(
            replace(call, arguments=mask_private(call.arguments)) for call in turn.tool_calls
        ),
        left_out=left_out,
    )

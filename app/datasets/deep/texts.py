"""What a row says, taken apart so that rows can be compared."""

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from app.datasets.formats import DatasetFormat

SYSTEM_ROLES = ("system", "developer")


class Pieces(NamedTuple):
    """`frame` is what comes before the conversation: system messages and tools.

    `answer` is the last message where the assistant speaks it, empty otherwise.
    """

    frame: str = ""
    prompt: str = ""
    answer: str = ""


def take_apart(row: dict[str, Any], row_format: DatasetFormat) -> Pieces:
    """Never raises, whatever stands where messages should be."""
    if row_format is DatasetFormat.COMPLETION:
        return Pieces("", _text_of(row.get("prompt")), _text_of(row.get("completion")))
    if row_format is DatasetFormat.PREFERENCE:
        return _take_preference_apart(row)
    messages = _messages_of(row)
    answer = ""
    if messages and messages[-1].get("role") == "assistant":
        answer = _said(messages.pop())
    return Pieces(_frame(row, messages), _conversation(messages), answer)


def _take_preference_apart(row: dict[str, Any]) -> Pieces:
    source = row.get("input")
    source = source if isinstance(source, dict) else {}
    messages = _messages_of(source)
    outputs = [_text_of(row.get(key)) for key in ("preferred_output", "non_preferred_output")]
    return Pieces(_frame(source, messages), _conversation(messages), "\n".join(outputs))


def normalise(text: str) -> str:
    """The same for texts that differ only in case, blanks, composition or width.

    Unicode's compatibility caseless matching, composed again.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFD", text).casefold()
    folded = unicodedata.normalize("NFKD", folded).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _frame(holder: dict[str, Any], messages: list[dict[str, Any]]) -> str:
    systems = [_said(each) for each in messages if each.get("role") in SYSTEM_ROLES]
    return "\n".join([*systems, _text_of(holder.get("tools"))])


def _conversation(messages: list[dict[str, Any]]) -> str:
    spoken = (each for each in messages if each.get("role") not in SYSTEM_ROLES)
    return "\n".join(_said(each) for each in spoken)


def _messages_of(holder: dict[str, Any]) -> list[dict[str, Any]]:
    messages = holder.get("messages")
    return [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []


def _said(message: dict[str, Any]) -> str:
    parts = _text_of(message.get("content")), _text_of(message.get("tool_calls"))
    return "\n".join(part for part in parts if part)


def _text_of(value: object) -> str:
    """Texts of content parts as text, other lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and value and all(_is_text_part(part) for part in value):
        return "\n".join(_part_texts(value))
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _is_text_part(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _part_texts(parts: list[dict[str, str]]) -> Iterator[str]:
    yield from (part["text"] for part in parts)

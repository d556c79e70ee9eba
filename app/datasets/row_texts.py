"""Every text of a row with its place and who says it, whatever the format and however broken."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from app.datasets.formats import DatasetFormat

LISTS = {
    DatasetFormat.CHAT: ("messages",),
    DatasetFormat.REINFORCEMENT: ("messages",),
    DatasetFormat.PREFERENCE: ("input.messages", "preferred_output", "non_preferred_output"),
}
NO_TEXTS = frozenset({"messages", "input", "preferred_output", "non_preferred_output", "tools"})
DEFINITIONS = frozenset({"tools", "functions"})


class Speaker(StrEnum):
    """Of prompt and completion rows the prompt is the user's. What stands beside is nobody's."""

    USER = "user"
    ASSISTANT = "assistant"
    NOBODY = "nobody"


class Said(NamedTuple):
    speaker: Speaker
    place: str
    text: str


class Placed(NamedTuple):
    place: str
    message: dict[str, Any]


def list_messages(row: dict[str, Any], row_format: DatasetFormat) -> list[Placed]:
    """None for prompt and completion."""
    return [
        Placed(f"{name}[{number}]", message)
        for name in LISTS.get(row_format, ())
        for number, message in enumerate(_list_at(row, name))
        if isinstance(message, dict)
    ]


def list_said(row: dict[str, Any], row_format: DatasetFormat) -> Iterator[Said]:
    if row_format is DatasetFormat.COMPLETION:
        yield from _walk(row.get("prompt"), "prompt", Speaker.USER)
        yield from _walk(row.get("completion"), "completion", Speaker.ASSISTANT)
        return
    for place, message in list_messages(row, row_format):
        yield from _list_of_message(message, place)
    for key in row.keys() - NO_TEXTS - DEFINITIONS:
        yield from _walk(row[key], key, Speaker.NOBODY)


def join_content(message: dict[str, Any]) -> str:
    """The texts of a message's content."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"text": content}]
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def speaker_of(message: dict[str, Any]) -> Speaker:
    role = message.get("role")
    return Speaker(role) if role in ("user", "assistant") else Speaker.NOBODY


def _list_of_message(message: dict[str, Any], place: str) -> Iterator[Said]:
    speaker = speaker_of(message)
    content = message.get("content")
    if isinstance(content, str):
        yield Said(speaker, f"{place}.content", content)
    elif isinstance(content, list):
        for number, part in enumerate(content):
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield Said(speaker, f"{place}.content[{number}].text", part["text"])
    for key in message.keys() - {"role", "content", "weight"}:
        yield from _walk(message[key], f"{place}.{key}", Speaker.NOBODY)


def _list_at(row: dict[str, Any], name: str) -> list[Any]:
    holder: object = row
    for key in name.split("."):
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder if isinstance(holder, list) else []


def _walk(value: object, place: str, speaker: Speaker) -> Iterator[Said]:
    """Strings inside lists and objects; the check bounds how deep they are nested."""
    if isinstance(value, str):
        yield Said(speaker, place, value)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _walk(item, f"{place}[{number}]", speaker)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{place}.{key}", speaker)

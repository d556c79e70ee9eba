"""What an example measures: its texts to be counted, its turns, roles, answer and hash.

Tokens follow the tutorials: 3 a message, the tokens of every string value of a message, 1 more a
`name`, 3 an example; the assistant's tokens are those of its contents. Where the tutorials would
stop with an error the sensible reading is taken: of content parts the texts count, of calls the
name and the arguments (as the assistant's), numbers and images count nothing, nor do definitions
of tools. A preference row is its input and both outputs as one example; prompt and completion
count as they stand, without any addition, as two turns.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntFlag
from functools import lru_cache
from hashlib import sha1
from typing import Any

from app.datasets.formats import DatasetFormat

TOKENS_PER_EXAMPLE = 3
TOKENS_PER_MESSAGE = 3
TOKENS_PER_NAME = 1
LABEL_LENGTH = 64
LONGEST_KNOWN = 4_096


# What the tokens of a text count for, beside the total: bits.
OTHER, CONTENT, ANSWER = 0, 1, 3


class Role(IntFlag):
    SYSTEM = 1
    USER = 2
    ASSISTANT = 4
    TOOL = 8
    FUNCTION = 16
    DEVELOPER = 32
    OTHER = 64


ROLE_BITS = {role.name.lower(): int(role) for role in Role if role.name and role != Role.OTHER}
SYSTEM_ROLES = frozenset({"system", "developer"})


@dataclass(slots=True)
class Texts:
    """Texts of many rows, to be counted together; `rows` and `parts` go with `texts`."""

    texts: list[str] = field(default_factory=list)
    rows: "array[int]" = field(default_factory=lambda: array("q"))
    parts: bytearray = field(default_factory=bytearray)

    def add(self, row: int, text: str, part: int) -> None:
        self.texts.append(text)
        self.rows.append(row)
        self.parts.append(part)


@dataclass(slots=True)
class Measures:
    """`added_tokens` are those that need no counting of text; `answer` is the last one given.

    `system` is the first system prompt, if it is text.
    """

    turns: int = 0
    roles: int = 0
    added_tokens: int = 0
    answer: str | None = None
    system: str | None = None


class Meter:
    """Measures rows into `texts`; knows the tokens of the usual role names beforehand."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._role_tokens = {role: count(role) for role in ROLE_BITS}

    def measure(
        self, row: dict[str, Any], row_format: DatasetFormat, number: int, texts: Texts
    ) -> Measures:
        if row_format is DatasetFormat.COMPLETION:
            return _measure_completion(row, number, texts)
        measures = Measures()
        messages = row.get("messages")
        if row_format is DatasetFormat.PREFERENCE:
            messages = list(_preference_messages(row))
        if isinstance(messages, list):
            for message in messages:
                if isinstance(message, dict):
                    self._measure_message(message, measures, number, texts)
        if measures.turns:
            measures.added_tokens += TOKENS_PER_EXAMPLE
        return measures

    def measure_plain(self, messages: list[dict[str, str]], number: int, texts: Texts) -> Measures:
        """The same for the messages of a plain chat row, in a fraction of the time."""
        roles, added, system = 0, TOKENS_PER_EXAMPLE, None
        for message in messages:
            role = message["role"]
            roles |= ROLE_BITS[role]
            added += TOKENS_PER_MESSAGE + self._role_tokens[role]
            texts.add(number, message["content"], ANSWER if role == "assistant" else CONTENT)
            if system is None and role == "system":
                system = message["content"]
        return Measures(len(messages), roles, added, messages[-1]["content"], system)

    def _measure_message(
        self, message: dict[str, Any], measures: Measures, number: int, texts: Texts
    ) -> None:
        role = message.get("role")
        role = role if isinstance(role, str) else None
        measures.turns += 1
        measures.roles |= ROLE_BITS.get(role or "", int(Role.OTHER))
        measures.added_tokens += TOKENS_PER_MESSAGE
        part = ANSWER if role == "assistant" else CONTENT
        for key, value in message.items():
            if key == "role" and role in self._role_tokens:
                measures.added_tokens += self._role_tokens[role]
            elif key == "content" and type(value) is str:
                texts.add(number, value, part)
                if role == "assistant":
                    measures.answer = value
                elif role in SYSTEM_ROLES and measures.system is None:
                    measures.system = value
            elif key == "name" and isinstance(value, str):
                measures.added_tokens += TOKENS_PER_NAME
                texts.add(number, value, OTHER)
            else:
                _add_value(key, value, part, number, texts)


def label_of(answer: str | None) -> str | None:
    """The answer as a label, if it is short enough to be one."""
    if answer is None or len(answer) > LABEL_LENGTH:
        return None
    return answer.strip() or None


def content_hash(canonical: bytes) -> int:
    """64 bits of what a row says, whatever its spacing, escapes and order of keys; never 0."""
    return _hash(canonical)


def system_hash(prompt: str | None) -> int:
    """64 bits of a system prompt, 0 without one. The usual few are not hashed again."""
    if prompt is None:
        return 0
    return _known_hash(prompt) if len(prompt) <= LONGEST_KNOWN else _hash(prompt.encode())


@lru_cache(maxsize=256)
def _known_hash(prompt: str) -> int:
    return _hash(prompt.encode())


def _hash(text: bytes) -> int:
    digest = sha1(text, usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little") or 1


def _measure_completion(row: dict[str, Any], number: int, texts: Texts) -> Measures:
    prompt, completion = row.get("prompt"), row.get("completion")
    if isinstance(prompt, str):
        texts.add(number, prompt, CONTENT)
    if not isinstance(completion, str):
        return Measures(turns=2 if isinstance(prompt, str) else 0, roles=Role.USER)
    texts.add(number, completion, ANSWER)
    return Measures(turns=2, roles=Role.USER | Role.ASSISTANT, answer=completion)


def _preference_messages(row: dict[str, Any]) -> Iterator[Any]:
    source = row.get("input")
    messages = source.get("messages") if isinstance(source, dict) else None
    for part in (messages, row.get("preferred_output"), row.get("non_preferred_output")):
        yield from part if isinstance(part, list) else ()


def _add_value(key: str, value: object, part: int, number: int, texts: Texts) -> None:
    if isinstance(value, str):
        texts.add(number, value, CONTENT if key == "refusal" else OTHER)
    elif key == "content" and isinstance(value, list):
        for item in value:
            _add_texts(item, ("text", "refusal"), part, number, texts)
    elif key == "tool_calls" and isinstance(value, list):
        for call in value:
            function = call.get("function") if isinstance(call, dict) else None
            _add_texts(function, ("name", "arguments"), part, number, texts)
    elif key == "function_call":
        _add_texts(value, ("name", "arguments"), part, number, texts)


def _add_texts(holder: object, keys: tuple[str, ...], part: int, number: int, texts: Texts) -> None:
    if isinstance(holder, dict):
        for key in keys:
            if isinstance(holder.get(key), str):
                texts.add(number, holder[key], part)

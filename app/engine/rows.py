"""Rows of a fine-tuning file: reading, checking as OpenAI does, and what to learn from them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

MAX_LINE_BYTES = 8 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
CHAT = "fine-tune-chat"
COMPLETION = "fine-tune-completion"
PREFERENCE = "fine-tune-preference"
Json = dict[str, Any]

ROW_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
COMPLETION_KEYS = {"prompt", "completion"}
PREFERENCE_KEYS = {"input", "preferred_output", "non_preferred_output"}
MESSAGE_KEYS = {
    "system": {"role", "content", "name"},
    "developer": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {
        "role", "content", "name", "weight", "refusal", "tool_calls", "function_call", "audio",
    },
    "tool": {"role", "content", "tool_call_id", "name"},
    "function": {"role", "content", "name"},
}  # fmt: skip
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|endofprompt|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|im_start|>",
    "<|im_end|>",
)
NO_FORMAT = "Unexpected file format, expected either prompt/completion pairs or chat messages."
INVALID_FILE = "invalid_training_file"
INVALID_FORMAT = "invalid_file_format"


class RowError(Exception):
    """A row that cannot be trained on, with OpenAI's code and sentence."""

    def __init__(self, sentence: str, code: str = INVALID_FILE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """An answer to learn and the turns before it."""

    prompt: tuple[Turn, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Example:
    turns: tuple[Turn, ...]
    targets: tuple[Target, ...]


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of every line that is not blank; a line beyond the limit is an error."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise _bad(f"Example {number} is longer than {MAX_LINE_BYTES} bytes")
        line = line.removeprefix(BOM) if number == 1 else line
        if line.strip():
            yield number, line


def read_rows(path: Path) -> Iterator[tuple[int, Json]]:
    with path.open("rb", buffering=1 << 20) as stream:
        for number, line in read_lines(stream):
            yield number, parse_row(number, line)


def read_places(stream: BinaryIO) -> Iterator[int]:
    """Byte offset of every row of a checked file."""
    place = len(BOM) if stream.read(len(BOM)) == BOM else 0
    stream.seek(place)
    while line := stream.readline():
        if line.strip():
            yield place
        place += len(line)


def parse_row(number: int, line: bytes) -> Json:
    try:
        row = orjson.loads(line)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise _bad(
            f"Example {number} cannot be parsed. Error: line contains invalid json: "
            f"{_json_complaint(line, error)} (line {number})"
        ) from None
    if not isinstance(row, dict):
        raise _bad(f"Example {number} is not a dictionary (line {number})")
    return row


def _json_complaint(line: bytes, error: Exception) -> str:
    """Python's own words where it also refuses the line, since OpenAI's are those."""
    try:
        json.loads(line)
    except (ValueError, RecursionError) as refusal:
        return str(refusal)
    return str(error)


def row_format(row: Json) -> str | None:
    if "messages" in row:
        return CHAT
    if row.keys() & {"prompt", "completion"}:
        return COMPLETION
    if row.keys() & PREFERENCE_KEYS:
        return PREFERENCE
    return None


def check_row(number: int, row: Json, expected: str) -> None:
    """Raises RowError for a row that is not as `expected` wants it."""
    if expected == COMPLETION:
        _check_completion(number, row)
    else:
        _check_chat(number, row)


def _check_completion(number: int, row: Json) -> None:
    _check_keys(f"Example {number}", row, required=COMPLETION_KEYS, allowed=COMPLETION_KEYS)
    for key in ("prompt", "completion"):
        if not isinstance(row[key], str):
            raise _bad(f"Example {number} has a '{key}' that is not a string")
        _check_special_tokens(number, row[key])
    if not row["completion"]:
        raise _bad(f"Example {number} has an empty 'completion'")


def _check_chat(number: int, row: Json) -> None:
    _check_keys(f"Example {number}", row, required={"messages"}, allowed=ROW_KEYS)
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        raise _bad(f"Example {number} 'messages' must be a list of at least one message")
    for index, message in enumerate(messages, 1):
        _check_message(number, index, message)
    if not any(message["role"] == "assistant" for message in messages):
        raise _bad(f"Example {number} must have at least one message from the assistant")


def _check_message(number: int, index: int, message: object) -> None:
    where = f"Example {number}, message {index}"
    if not isinstance(message, dict):
        raise _bad(f"{where} Input should be a valid dictionary")
    if "role" not in message:
        raise _bad(f"{where} Discriminator 'role' is missing in value")
    role = message["role"]
    allowed = MESSAGE_KEYS.get(role) if isinstance(role, str) else None
    if allowed is None:
        raise _bad(
            f"{where} Discriminator 'role' is not one of: {', '.join(MESSAGE_KEYS)} in value"
        )
    _check_keys(where, message, required=set(), allowed=allowed)
    _check_weight(where, message)
    _check_content(where, message)
    _check_special_tokens(number, message_text(message))


def _check_weight(where: str, message: Json) -> None:
    weight = message.get("weight")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        raise _bad(f"{where} 'weight' must be 0 or 1")


def _check_content(where: str, message: Json) -> None:
    content = message.get("content")
    if content is None:
        if not any(message.get(key) for key in ("tool_calls", "function_call", "refusal")):
            raise _bad(f"{where} is missing key 'content'")
    elif isinstance(content, list):
        if not all(isinstance(part, dict) and "type" in part for part in content):
            raise _bad(f"{where} has a 'content' part that is not a dictionary with a 'type'")
    elif not isinstance(content, str):
        raise _bad(f"{where} has a 'content' that is neither a string nor a list of parts")


def _check_keys(where: str, value: Json, *, required: set[str], allowed: set[str]) -> None:
    for key in sorted(required - value.keys()):
        raise _bad(f"{where} is missing key '{key}'")
    for key in sorted(value.keys() - allowed):
        raise _bad(f'{where} contains an extra "{key}".', INVALID_FORMAT)


def _check_special_tokens(number: int, text: str) -> None:
    if "<|" in text:
        for token in SPECIAL_TOKENS:
            if token in text:
                raise _bad(
                    f"Example {number} message contains an invalid token: {token}.", INVALID_FORMAT
                )


def _bad(detail: str, code: str = INVALID_FILE) -> RowError:
    return RowError(f"Invalid file format. {detail}", code)


def message_text(message: Json) -> str:
    """What a message says; tool calls as JSON text."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    calls = message.get("tool_calls") or message.get("function_call")
    said = content or message.get("refusal") or ""
    text = said if isinstance(said, str) else ""
    return text + (json.dumps(calls, ensure_ascii=False) if calls else "")


def to_turns(messages: list[Json]) -> tuple[Turn, ...]:
    return tuple(Turn(str(message.get("role")), message_text(message)) for message in messages)


def to_example(row: Json) -> Example:
    """Every assistant message with weight 1 (the default) is a target."""
    if "messages" not in row:
        prompt, answer = Turn("prompt", row["prompt"]), row["completion"]
        return Example((prompt, Turn("completion", answer)), (Target((prompt,), answer),))
    turns = to_turns(row["messages"])
    targets = tuple(
        Target(turns[:index], turns[index].text)
        for index, message in enumerate(row["messages"])
        if message["role"] == "assistant" and message.get("weight") != 0
    )
    return Example(turns, targets)

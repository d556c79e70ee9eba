"""Rows of a fine-tuning file: reading them, and the errors they are refused with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

MAX_LINE_BYTES = 8 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
CHAT = "fine-tune-chat"
COMPLETION = "fine-tune-completion"
PREFERENCE = "fine-tune-preference"
Json = dict[str, Any]

PREFERENCE_KEYS = {"input", "preferred_output", "non_preferred_output"}
NO_FORMAT = "Unexpected file format, expected either prompt/completion pairs or chat messages."
INVALID_FILE = "invalid_training_file"
INVALID_FORMAT = "invalid_file_format"


class RowError(Exception):
    """A row that cannot be learnt, with OpenAI's code and sentence."""

    def __init__(self, sentence: str, code: str = INVALID_FILE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of every line that is not blank; a line beyond the limit is an error."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise bad_row(f"Example {number} is longer than {MAX_LINE_BYTES} bytes")
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
        raise bad_row(
            f"Example {number} cannot be parsed. Error: line contains invalid json: "
            f"{_json_complaint(line, error)} (line {number})"
        ) from None
    if not isinstance(row, dict):
        raise bad_row(f"Example {number} is not a dictionary (line {number})")
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


def bad_row(detail: str, code: str = INVALID_FILE) -> RowError:
    return RowError(f"Invalid file format. {detail}", code)

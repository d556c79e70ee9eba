"""Lines of a version, read in constant memory; nothing here knows JSON rows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.datasets import rules_lines as rules
from app.datasets.rules import Rule

MAX_LINE_BYTES = 8 * 1024 * 1024
BUFFER_BYTES = 1 << 20
START_BYTES = 1 << 16
BOM = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
BINARY_MARKS = (b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"%PDF", b"\xd0\xcf\x11\xe0", b"SQLite format")
LFS_MARK = b"version https://git-lfs"


class Line(NamedTuple):
    """One physical line.

    `text` is without byte order mark and line end, or None where `problem` says why.
    `offset` and `length` cover the text as it stands in the version, without the line end (which
    only the length of a line too long includes).
    """

    number: int
    offset: int
    length: int
    text: bytes | None
    problem: Rule | None
    is_crlf: bool


def read_lines(
    stream: BinaryIO,
    max_line_bytes: int = MAX_LINE_BYTES,
    start: int = 0,
    end: int | None = None,
) -> Iterator[Line]:
    """Splits at line feeds only; a longer line is skipped without being held.

    Of a stream that stands at `start`, where a line begins, the lines that begin before `end`;
    numbers count from there.
    """
    offset, number = start, 0
    while (end is None or offset < end) and (raw := stream.readline(max_line_bytes + 1)):
        number += 1
        if len(raw) > max_line_bytes and raw[-1:] != b"\n":
            size = len(raw) + _skip_line(stream, max_line_bytes)
            yield Line(number, offset, size, None, rules.LINE_TOO_LONG, False)
        else:
            size = len(raw)
            yield _line(number, offset, raw)
        offset += size


def seek_line(stream: BinaryIO, start: int, end: int) -> int | None:
    """Goes to the first line that begins in `start` up to below `end`; None where none does."""
    if start == 0:
        return stream.seek(0)
    at = stream.seek(start - 1)
    while at < end - 1:
        part = stream.readline(min(BUFFER_BYTES, end - 1 - at))
        at += len(part)
        if part.endswith(b"\n"):
            return at
        if not part:
            break
    return None


def find_file_problem(path: Path) -> Rule | None:
    """What makes the whole version unreadable as JSON lines, from its first bytes."""
    with path.open("rb") as stream:
        start = stream.read(START_BYTES).removeprefix(BOM)
    if not start:
        return rules.EMPTY_FILE
    return _find_wrong_kind(start) or _find_wrong_layout(start)


def has_byte_order_mark(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(BOM)) == BOM


def count_lines(path: Path) -> int:
    """Physical lines, the last one with or without its line feed."""
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(BUFFER_BYTES):
            count += block.count(b"\n")
            last = block[-1:]
    return count + (last != b"\n")


def _line(number: int, offset: int, raw: bytes) -> Line:
    if offset == 0 and raw.startswith(BOM):
        raw, offset = raw[len(BOM) :], offset + len(BOM)
    is_crlf = raw.endswith(b"\r\n")
    text = raw.rstrip(b"\r\n")
    if not text or text.isspace():
        return Line(number, offset, 0, None, rules.BLANK_LINE, is_crlf)
    return Line(number, offset, len(text), text, None, is_crlf)


def _skip_line(stream: BinaryIO, step: int) -> int:
    skipped = 0
    while part := stream.readline(step):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def _find_wrong_kind(start: bytes) -> Rule | None:
    if start.startswith(WIDE_MARKS) or re.match(
        rb"(?:\x00{1,3}[^\x00]|[^\x00]\x00{1,3}){2}", start
    ):
        return rules.UTF16_FILE
    if start.startswith(BINARY_MARKS):
        return rules.NOT_TEXT
    if start.startswith(LFS_MARK):
        return rules.LFS_POINTER
    return rules.NOT_TEXT if start.count(b"\x00") > len(start) // 10 else None


def _find_wrong_layout(start: bytes) -> Rule | None:
    """An array around all rows, or a first value that goes on after its line."""
    text = start.decode("utf-8", "replace").lstrip()
    if text[:1] not in {"{", "["}:
        return None
    line = text.split("\n", 1)[0].rstrip()
    if text[0] == "[":
        return _find_array(text, line)
    return rules.PRETTY_PRINTED if _goes_on(text, line) else None


def _find_array(text: str, line: str) -> Rule | None:
    """A row that is an array among other rows is a matter of that row alone."""
    first = re.match(r"\[\s*(.?)", text, re.DOTALL)
    holds_rows = first is not None and first[1] in {"{", ""}
    alone = not text[len(line) :].strip()
    return rules.JSON_ARRAY if holds_rows and (alone or _goes_on(text, line)) else None


def _goes_on(text: str, line: str) -> bool:
    if "\n" not in text:
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return line.endswith(("{", "[", ","))
    return end > len(line)

"""Rows of JSON lines and of JSON documents."""

from collections.abc import Iterator
from pathlib import Path

from app.datasets import rules_lines
from app.datasets.imports import rows
from app.datasets.imports.encodings import TextEncoding, open_as_utf8
from app.datasets.imports.json_items import Item, read_items
from app.datasets.imports.options import LIMITS
from app.datasets.imports.rows import SHOWN_TEXT, SourceRow, Values, reason_of
from app.datasets.imports.squad import flatten, holds_questions
from app.datasets.lines import Line, read_lines
from app.datasets.parsing import parse_line


def read_json_lines(path: Path, encoding: TextEncoding) -> Iterator[SourceRow]:
    """A row a line, blank lines too."""
    with open_as_utf8(path, encoding) as stream:
        for line in read_lines(stream, LIMITS.row_bytes):
            yield _row_of_line(line, encoding)


def read_json_items(path: Path, encoding: TextEncoding, depth: int) -> Iterator[SourceRow]:
    number = 0
    with open_as_utf8(path, encoding) as stream:
        for item in read_items(stream, depth):
            number += 1
            yield _row_of_item(number, item, encoding)


def flatten_questions(source: Iterator[SourceRow]) -> Iterator[SourceRow]:
    """Rows are counted anew, a question each; a text without questions stays one row."""
    number = 0
    for row in source:
        found = list(flatten(row.values)) if row.values and holds_questions(row.values) else []
        for values in found:
            number += 1
            yield SourceRow(number, row.line, values)
        if not found:
            number += 1
            reason = row.reason or rows.NO_QUESTIONS
            yield SourceRow(number, row.line, None, reason, row.text)


def _row_of_line(line: Line, encoding: TextEncoding) -> SourceRow:
    if line.problem is rules_lines.BLANK_LINE:
        return SourceRow(line.number, line.number, None, rows.BLANK_ROW)
    if line.text is None:
        return SourceRow(line.number, line.number, None, rows.ROW_TOO_LONG)
    return _parse(line.number, line.number, line.text, encoding)


def _row_of_item(number: int, item: Item, encoding: TextEncoding) -> SourceRow:
    if item.text is None:
        return SourceRow(number, item.line, None, rows.ROW_TOO_LONG)
    if item.is_cut:
        return SourceRow(number, item.line, None, rows.CUT_OFF, _shown(item.text))
    return _parse(number, item.line, item.text, encoding)


def _parse(number: int, line: int, text: bytes, encoding: TextEncoding) -> SourceRow:
    parsed = parse_line(text)
    values, reason = _accept(parsed.value), None
    if values is None:
        reason = reason_of(parsed.rule) if parsed.rule else rows.NOT_AN_OBJECT
    elif encoding.is_damaged and "\ufffd".encode() in text:
        values, reason = None, rows.DAMAGED_TEXT
    return SourceRow(number, line, values, reason, "" if values is not None else _shown(text))


def _accept(value: object) -> Values | None:
    """A bare list of messages is a conversation."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        for key, column in (("role", "messages"), ("from", "conversations")):
            if key in value[0]:
                return {column: value}
    return value if isinstance(value, dict) else None


def _shown(text: bytes) -> str:
    return text[: 4 * SHOWN_TEXT].decode("utf-8", "replace")[:SHOWN_TEXT]

"""Rows of a version by number, read at their offsets; nothing else of the file is touched.

    index = ExampleIndex.open(index_path)
    with path.open("rb") as stream:                   # or any seekable binary stream
        page = read_rows(stream, index, index.example_rows()[:20])
        page[0].line, page[0].value, page[0].problems, page[0].tokens
        for line in iter_lines(stream, index, rows): out.write(line + b"\\n")

`example.messages` is what a page shows as a conversation, whatever the format.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from app.datasets import rules_advice, rules_completion, rules_lines
from app.datasets.catalogue import check_row
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.parsing import describe_syntax_error, parse_line
from app.datasets.rules import Problem

SHOWN_BYTES = 1 << 20
RULES_BESIDE = (
    *rules_advice.ODD_ROWS,
    *rules_completion.ODD_ROWS,
    rules_lines.DUPLICATE_EXAMPLE,
    rules_lines.OVER_TOKEN_LIMIT,
    rules_lines.LINE_TOO_LONG,
    rules_lines.BLANK_LINE,
    rules_lines.CRLF,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One line. `text` is cut at SHOWN_BYTES; `value` is None where the line is no JSON object."""

    row: int
    line: int
    format: DatasetFormat
    text: str
    is_cut: bool
    value: dict[str, Any] | None
    problems: tuple[Problem, ...]
    tokens: int
    assistant_tokens: int

    @property
    def messages(self) -> list[Any]:
        """Chat and reinforcement: all messages; preference: the input; completion: both parts."""
        value = self.value or {}
        if self.format is DatasetFormat.COMPLETION:
            parts = (("user", value.get("prompt")), ("assistant", value.get("completion")))
            return [{"role": role, "content": text} for role, text in parts if text is not None]
        source = value.get("input") if self.format is DatasetFormat.PREFERENCE else value
        messages = source.get("messages") if isinstance(source, dict) else None
        return messages if isinstance(messages, list) else []


def read_rows(stream: BinaryIO, index: ExampleIndex, rows: Iterable[int]) -> list[Example]:
    """In the order asked for. Raises IndexError for a row that is not there."""
    return [_read_example(stream, index, int(row)) for row in rows]


def iter_lines(stream: BinaryIO, index: ExampleIndex, rows: Iterable[int]) -> Iterator[bytes]:
    """The lines as they stand in the version, without line end or byte order mark."""
    for row in rows:
        yield _read_text(stream, index, int(row), int(index.length[row]))


def find_row(index: ExampleIndex, line: int) -> int | None:
    """The row of a line number, None beyond the last."""
    return line - 1 if 1 <= line <= len(index) else None


def _read_example(stream: BinaryIO, index: ExampleIndex, row: int) -> Example:
    if not 0 <= row < len(index):
        raise IndexError(row)
    length = int(index.length[row])
    text = _read_text(stream, index, row, min(length, index.header["max_line_bytes"]))
    row_format = DatasetFormat(index.header["format"])
    is_readable = text and not index.breaks(row, rules_lines.LINE_TOO_LONG.id)
    value, problems = _check(text, row_format) if is_readable else (None, ())
    return Example(
        row=row,
        line=row + 1,
        format=row_format,
        text=text[:SHOWN_BYTES].decode("utf-8", "replace"),
        is_cut=length > SHOWN_BYTES,
        value=value,
        problems=(*problems, *_problems_beside(index, row)),
        tokens=int(index.tokens[row]),
        assistant_tokens=int(index.assistant_tokens[row]),
    )


def _check(
    text: bytes, row_format: DatasetFormat
) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    parsed = parse_line(text)
    problems = [Problem(parsed.rule, describe_syntax_error(text))] if parsed.rule else []
    if parsed.canonical:
        problems += check_row(parsed.value, row_format)
    return parsed.value if isinstance(parsed.value, dict) else None, tuple(problems)


def _problems_beside(index: ExampleIndex, row: int) -> Iterator[Problem]:
    """What can be known only beside other rows or before parsing."""
    for rule in RULES_BESIDE:
        if index.breaks(row, rule.id):
            yield Problem(rule, "")


def _read_text(stream: BinaryIO, index: ExampleIndex, row: int, length: int) -> bytes:
    stream.seek(int(index.offset[row]))
    return stream.read(length)

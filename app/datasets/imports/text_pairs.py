"""Questions and answers in plain text."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.datasets.imports import rows
from app.datasets.imports.encodings import TextEncoding, open_text
from app.datasets.imports.kinds import TextLayout
from app.datasets.imports.options import LIMITS
from app.datasets.imports.rows import Reason, SourceRow

_ASKS = "q|question|prompt|user|human|input|질문|문제|문|사용자"
_ANSWERS = "a|answer|completion|assistant|ai|bot|output|response|답변|대답|답|정답|챗봇"
_WORD = rf"(?:(?P<asks>{_ASKS})|(?P<answers>{_ANSWERS}))"
MARK = re.compile(rf"\s*{_WORD}\s*\d*\s*[:：.]\s*", re.IGNORECASE)
PAIR = ("question", "answer")


class TextLine(NamedTuple):
    number: int
    text: str


def find_layout(sample: str) -> TextLayout:
    lines = [line.strip() for line in sample.splitlines()[:500]]
    marks = [found for line in lines if (found := MARK.match(line))]
    asks = sum(found["asks"] is not None for found in marks)
    if asks and len(marks) - asks >= asks * 0.5 and MARK.match(next(filter(None, lines), "")):
        return TextLayout.MARKED
    blocks = [block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip("\n"))]
    if len(blocks) > 1 and sum(len(block) == 2 for block in blocks) > 0.8 * len(blocks):
        return TextLayout.BLOCKS
    return TextLayout.LINES


def columns_of(layout: TextLayout) -> tuple[str, ...]:
    return ("text",) if layout is TextLayout.LINES else PAIR


def read_texts(path: Path, encoding: TextEncoding, layout: TextLayout) -> Iterator[SourceRow]:
    lines = _lines(path, encoding)
    match layout:
        case TextLayout.LINES:
            found = _each_line(lines)
        case TextLayout.MARKED:
            found = _marked(lines)
        case TextLayout.BLOCKS:
            found = _pairs(_blocks(lines))
        case TextLayout.ALTERNATING:
            found = _pairs(_twos(lines))
    for number, row in enumerate(found, 1):
        is_damaged = encoding.is_damaged and "\ufffd" in str(row.values)
        reason = rows.DAMAGED_TEXT if is_damaged else row.reason
        yield row._replace(number=number, values=None if reason else row.values, reason=reason)


def _lines(path: Path, encoding: TextEncoding) -> Iterator[TextLine]:
    """Longer lines come in pieces."""
    number = 0
    with open_text(path, encoding) as stream:
        while line := stream.readline(LIMITS.row_bytes):
            number += 1
            yield TextLine(number, line.rstrip("\r\n"))


def _each_line(lines: Iterable[TextLine]) -> Iterator[SourceRow]:
    for line in lines:
        reason = None if line.text.strip() else rows.BLANK_ROW
        yield SourceRow(0, line.number, {"text": line.text}, reason)


def _marked(lines: Iterable[TextLine]) -> Iterator[SourceRow]:
    """A text goes on until the next mark."""
    part, start, texts = "", 0, dict[str, list[str]]()
    for line in lines:
        mark = MARK.match(line.text)
        text = line.text[mark.end() :] if mark else line.text
        if mark and mark["asks"]:
            yield from _finish(start, texts)
            part, start, texts = "question", line.number, {}
        elif mark and "answer" not in texts:
            part, start = "answer", start or line.number
        elif mark:
            text = line.text
        if part or text.strip():
            start = start or line.number
            texts.setdefault(part or "before", []).append(text)
    yield from _finish(start, texts)


def _finish(start: int, texts: dict[str, list[str]]) -> Iterator[SourceRow]:
    if texts:
        joined = {part: "\n".join(lines).strip() for part, lines in texts.items()}
        reason = None if joined.keys() >= set(PAIR) else _missing(joined.keys())
        yield SourceRow(0, start, joined, reason, "\n".join(joined.values())[: rows.SHOWN_TEXT])


def _missing(parts: Iterable[str]) -> Reason:
    return rows.NO_ANSWER_BELOW if "question" in parts else rows.NO_QUESTION_ABOVE


def _blocks(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    block: list[TextLine] = []
    for line in lines:
        if line.text.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _twos(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    filled = (line for line in lines if line.text.strip())
    for line in filled:
        below = next(filled, None)
        yield [line, below] if below else [line]


def _pairs(blocks: Iterable[list[TextLine]]) -> Iterator[SourceRow]:
    """The first line asks, all others answer."""
    for block in blocks:
        first, answer = block[0], "\n".join(line.text.strip() for line in block[1:])
        values = {"question": first.text.strip(), "answer": answer}
        reason = None if answer else rows.NO_ANSWER_BELOW
        yield SourceRow(0, first.number, values, reason, first.text[: rows.SHOWN_TEXT])

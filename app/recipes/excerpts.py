"""What a step changes in a row, cut to what fits beside each other on a page.

Secrets and personal data are masked in what is shown, also in what was there before.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.datasets.formats import DatasetFormat
from app.datasets.private_data import mask_private
from app.datasets.reading import Example
from app.recipes.rows import OUTPUTS, SIDES, Row

CONTEXT_LETTERS = 40
CHANGED_LETTERS = 240
DROPPED_LETTERS = 200
MASKED_LETTERS = 4_000  # a secret that is cut would not be known as one
MOST_CHANGES = 4
HIDDEN = "••••••"
BLANKS = str.maketrans({" ": "␣", "\n": "⏎\n", "\t": "⇥", "\r": "␍", "\u3000": "␣"})


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`changed` is the part that is not the same on both sides, with its blanks made visible."""

    head: str
    changed: str
    tail: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """`letters`, before and after, where that is all that differs to the eye."""

    role: str
    before: Excerpt
    after: Excerpt
    letters: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ChangedLine:
    line: int
    changes: tuple[TextChange, ...]


@dataclass(frozen=True, slots=True)
class DroppedLine:
    line: int
    text: str


def compare_rows(
    line: int, before: Row, after: Row, row_format: DatasetFormat, *, hides: bool
) -> ChangedLine:
    """With `hides`, for a step that masks, what was there before is not shown at all."""
    show = str if hides else mask_private
    old = [(role, show(text)) for role, text in _texts(before, row_format)]
    new = [(role, show(text)) for role, text in _texts(after, row_format)]
    longest = max(len(old), len(new))  # messages come and go at the beginning only
    old = [("", "")] * (longest - len(old)) + old
    new = [("", "")] * (longest - len(new)) + new
    changes = [
        _compare(now or was, text, changed, hides)
        for (was, text), (now, changed) in zip(old, new, strict=True)
        if text != changed
    ]
    return ChangedLine(line, tuple(changes[:MOST_CHANGES]))


def show_dropped(example: Example) -> DroppedLine:
    said = [str(message.get("content") or "") for message in example.messages
            if isinstance(message, dict)]  # fmt: skip
    text = " · ".join(filter(None, said)) or example.text
    return DroppedLine(example.line, _cut(mask_private(text[:MASKED_LETTERS])))


def _compare(role: str, before: str, after: str, hides: bool) -> TextChange:
    start = _count_shared(before, after)
    rest, rest_after = before[start:], after[start:]
    end = _count_shared(rest[::-1], rest_after[::-1])
    head, tail = before[:start], rest[len(rest) - end :]
    changed, changed_after = rest[: len(rest) - end], rest_after[: len(rest_after) - end]
    shown = HIDDEN if hides else _cut_changed(changed)
    beside = _shorten_head(head), _shorten_tail(tail)
    return TextChange(
        role,
        Excerpt(beside[0], shown, beside[1]),
        Excerpt(beside[0], _cut_changed(changed_after), beside[1]),
        (len(before), len(after)) if _looks_alike(changed, changed_after) else None,
    )


def _looks_alike(before: str, after: str) -> bool:
    return unicodedata.normalize("NFC", before) == unicodedata.normalize("NFC", after)


def _count_shared(one: str, other: str) -> int:
    """Letters with which both begin."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _shorten_head(text: str) -> str:
    return text if len(text) <= CONTEXT_LETTERS else f"…{text[-CONTEXT_LETTERS:]}"


def _shorten_tail(text: str) -> str:
    return text if len(text) <= CONTEXT_LETTERS else f"{text[:CONTEXT_LETTERS]}…"


def _cut_changed(text: str) -> str:
    """Blanks at both ends are what often changes, so they are made visible there."""
    inner = text.strip()
    start = len(text) - len(text.lstrip())
    ends = text[:start][:CONTEXT_LETTERS], text[start + len(inner) :][:CONTEXT_LETTERS]
    cut = inner if len(inner) <= CHANGED_LETTERS else f"{inner[:CHANGED_LETTERS]}…"
    return ends[0].translate(BLANKS) + cut + ends[1].translate(BLANKS)


def _cut(text: str) -> str:
    return text if len(text) <= DROPPED_LETTERS else f"{text[:DROPPED_LETTERS]}…"


def _texts(row: Row, row_format: DatasetFormat) -> Iterator[tuple[str, str]]:
    """Role and text of all that fixes may change."""
    if row_format is DatasetFormat.COMPLETION:
        yield from ((side, row[side]) for side in SIDES if isinstance(row.get(side), str))
        return
    source = row.get("input") if row_format is DatasetFormat.PREFERENCE else row
    lists = [source.get("messages") if isinstance(source, dict) else None]
    lists += [row.get(key) for key in OUTPUTS] if row_format is DatasetFormat.PREFERENCE else []
    for messages in lists:
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                yield str(message.get("role", "")), "\n".join(_said(message))


def _said(value: Any) -> Iterator[str]:
    """Texts of a message or of a part of it, whatever the shape."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _said(item)
    elif isinstance(value, dict):
        for key in ("content", "text", "refusal", "tool_calls", "function", "function_call",
                    "arguments"):  # fmt: skip
            yield from _said(value.get(key))

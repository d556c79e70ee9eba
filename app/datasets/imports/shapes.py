"""What the rows of a source are: examples already, questions, conversations or columns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from app.datasets.formats import CHAT_KEYS, PREFERENCE_KEYS, find_format
from app.datasets.imports.kinds import Shape, SourceKind
from app.datasets.imports.rows import Values
from app.datasets.imports.squad import holds_questions

TURN_COLUMNS = ("conversations", "conversation", "messages", "dialog", "dialogue", "turns")
DOCUMENTS = frozenset({SourceKind.JSON, SourceKind.JSON_LINES})
READY_KEYS = CHAT_KEYS | PREFERENCE_KEYS


def find_shape(values: Sequence[Values], kind: SourceKind) -> Shape:
    """The most frequent one among the rows of the sample."""
    votes = Counter(_shape_of(row, kind) for row in values)
    return votes.most_common(1)[0][0] if votes else Shape.COLUMNS


def turn_column(names: Iterable[str]) -> str | None:
    known = {name.lower(): name for name in names}
    return next((known[name] for name in TURN_COLUMNS if name in known), None)


def _shape_of(row: Values, kind: SourceKind) -> Shape:
    if holds_questions(row):
        return Shape.QUESTIONS
    ready = find_format(row)
    if ready is not None and _is_ready(row, kind):
        return Shape(ready.value)
    column = turn_column(row)
    if column is not None and _holds_turns(row[column]):
        return Shape.CONVERSATIONS
    names = {name.lower() for name in row}
    if {"chosen", "rejected"} <= names:
        return Shape.PAIRS
    return Shape.INSTRUCTIONS if {"instruction", "output"} <= names else Shape.COLUMNS


def _is_ready(row: Values, kind: SourceKind) -> bool:
    """A table has columns beside; a message needs a role to be one."""
    if kind not in DOCUMENTS and not row.keys() <= READY_KEYS:
        return False
    messages = row.get("messages")
    if messages is None:
        return kind in DOCUMENTS or "input" in row
    if not isinstance(messages, list):
        return kind in DOCUMENTS and not isinstance(messages, str)
    return not any(isinstance(turn, dict) and "from" in turn for turn in messages)


def _holds_turns(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip().startswith(("[{", "[ {", "[\n"))
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)

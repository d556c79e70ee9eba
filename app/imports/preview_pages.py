"""First rows of a file beside what they become, cut to what is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from app.datasets.imports.cells import cell_text
from app.datasets.imports.parts import word
from app.datasets.imports.preview import PreviewRow
from app.imports.documents import Document
from app.web.language import gettext

SHOWN_CELL = 400
SHOWN_TEXT = 2_000
# What an example consists of; anything else are fields for graders.
OWN_KEYS = frozenset(
    {"messages", "tools", "input", "preferred_output", "non_preferred_output", "prompt",
     "completion", "parallel_tool_calls", "functions"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownTurn:
    role: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """`turns` is empty where `reason` says why the row is left out."""

    number: int
    line: int
    cells: Sequence[str]
    turns: Sequence[ShownTurn]
    reason: str


def shown_row(shown: PreviewRow, names: Sequence[str]) -> ShownRow:
    values = shown.row.values or {}
    cells = [_cut(cell_text(values.get(name)), SHOWN_CELL) for name in names]
    reason = shown.reason
    return ShownRow(
        number=shown.row.number,
        line=shown.row.line,
        cells=cells if shown.row.values is not None else [_cut(shown.row.text, SHOWN_CELL)],
        turns=list(_turns(shown.example)) if shown.example else [],
        reason=word(reason.sentence, dict(reason.params), gettext) if reason else "",
    )


def _turns(example: Document) -> Iterator[ShownTurn]:
    """Messages of any format, one after the other, then what is beside them."""
    asked = example.get("input")
    holder = asked if isinstance(asked, dict) else example
    yield from _messages(holder.get("messages"))
    for part, kind in (("preferred_output", "assistant"), ("non_preferred_output", "bad")):
        for turn in _messages(example.get(part)):
            yield ShownTurn(part, turn.text, kind)
    for part, kind in (("prompt", ""), ("completion", "assistant")):
        if part in example:
            yield ShownTurn(part, _cut(cell_text(example[part]), SHOWN_TEXT), kind)
    for name, value in _fields(holder, example):
        yield ShownTurn(name, _cut(cell_text(value), SHOWN_TEXT))


def _fields(holder: Document, example: Document) -> Iterator[tuple[str, object]]:
    if holder.get("tools"):
        yield "tools", holder["tools"]
    yield from ((name, value) for name, value in example.items() if name not in OWN_KEYS)


def _messages(messages: object) -> Iterator[ShownTurn]:
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            text = cell_text(message.get("content"))
            calls = message.get("tool_calls")
            shown = f"{text}\n{orjson.dumps(calls).decode()}".strip() if calls else text
            yield ShownTurn(str(message.get("role", "")), _cut(shown, SHOWN_TEXT))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"

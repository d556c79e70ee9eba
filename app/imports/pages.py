"""What the pages of an import show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError
from sqlmodel import Session

from app.datasets.imports.cells import ColumnType, cell_text
from app.datasets.imports.encodings import OFFERED
from app.datasets.imports.kinds import Shape, SourceKind, TextLayout
from app.datasets.imports.mapping import ALLOWED, NEEDED, Mapping, Target
from app.datasets.imports.preview import PreviewRow, preview
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.rows import Reason
from app.datasets.models import DatasetVersion
from app.datasets.service import find_dataset_name
from app.imports import service
from app.imports.documents import Document, sample_source
from app.imports.models import Import
from app.imports.roles import PART_LABELS, give_role, retarget, role_of, roles_of
from app.imports.schemas import MappingDraft
from app.web.forms import Form
from app.web.language import gettext

PREVIEW_ROWS = 5
MOST_COLUMNS = 40
SHOWN_CELL = 400
SHOWN_TEXT = 2_000
PARTS = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected")
COLUMN_PARTS = ("turns", "history", "tools")


@dataclass(frozen=True, slots=True)
class ShownColumn:
    index: int
    name: str
    type: ColumnType | None
    role: str


@dataclass(frozen=True, slots=True)
class ShownTurn:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """`turns` is empty where `reason` says why the row is left out."""

    number: int
    line: int
    cells: Sequence[str]
    turns: Sequence[ShownTurn]
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    sentence: str
    count: int
    is_problem: bool


@dataclass(frozen=True, slots=True)
class ImportView:
    """`recognition` and `mapping` are None until the file is recognised."""

    row: Import
    dataset_name: str | None
    recognition: Recognition | None = None
    mapping: Mapping | None = None
    columns: Sequence[ShownColumn] = ()
    rows: Sequence[ShownRow] = ()
    problems: dict[str, str] | None = None
    earlier: Sequence[Import] = ()
    outputs: Sequence[tuple[DatasetVersion, bool]] = ()

    @property
    def path(self) -> str:
        return f"/imports/{self.row.id}"

    @property
    def refusal(self) -> str:
        return _say(self.row.refusal) if self.row.refusal else ""

    @property
    def remarks(self) -> list[str]:
        remarks = self.recognition.remarks if self.recognition else ()
        return [gettext(each.sentence).format(**each.params) for each in remarks]

    @property
    def left_out(self) -> list[LeftOut]:
        return [
            LeftOut(_say(each), each["count"], each["is_problem"]) for each in self.row.left_out
        ]

    @property
    def left_out_count(self) -> int:
        return sum(each["count"] for each in self.row.left_out)

    @property
    def sheets(self) -> list[tuple[str, str]]:
        """As choices."""
        return [(name, name) for name in self.recognition.sheets] if self.recognition else []

    @property
    def members(self) -> list[tuple[str, str]]:
        return [(name, name) for name in self.recognition.members] if self.recognition else []

    @property
    def hidden_columns(self) -> int:
        return len(self.recognition.columns) - len(self.columns) if self.recognition else 0

    @property
    def needs_mapping(self) -> bool:
        """Whether columns must become messages; other shapes are known by themselves."""
        return self.recognition is not None and self.recognition.shape is Shape.COLUMNS

    @property
    def roles(self) -> Sequence[str]:
        return roles_of(self.mapping.target) if self.mapping else ()

    @property
    def parts(self) -> Sequence[str]:
        """Templates that belong to what the rows become."""
        allowed = ALLOWED[self.mapping.target] if self.mapping else set()
        return [part for part in PARTS if part in allowed]

    @property
    def needed(self) -> Sequence[str]:
        return NEEDED[self.mapping.target] if self.mapping else ()

    @property
    def column_parts(self) -> Sequence[str]:
        allowed = ALLOWED[self.mapping.target] if self.mapping else set()
        return [part for part in COLUMN_PARTS if part in allowed]

    @property
    def can_drop_system(self) -> bool:
        """Whether there is a system text, so that a version without it says something else."""
        first = next((row for row in self.rows if row.turns), None)
        return first is not None and first.turns[0].role == "system"

    def place_of(self, name: str | None) -> int | str:
        """A column as the form sends it."""
        names = self.recognition.column_names if self.recognition else ()
        return names.index(name) if name in names else ""


def view_import(
    session: Session, row: Import, form: Form, saved: int | None = None, changed: str = ""
) -> ImportView:
    """With the mapping of the form as far as one was sent, else one saved, else the row's own."""
    name = find_dataset_name(session, row.dataset_id)
    outputs = service.list_outputs(session, row.id or 0)
    if row.recognition is None or row.mapping is None:
        return ImportView(row, name, outputs=outputs)
    source = sample_source(row.recognition, row.sample)
    earlier = service.list_earlier(session, row)
    mapping = choose_mapping(row, form, source.columns, earlier, saved, changed)
    shown = preview(source, mapping, PREVIEW_ROWS)
    problems = {each.field: gettext(each.sentence).format(**each.params)
                for each in reversed(shown.problems)}  # fmt: skip
    names = source.columns[:MOST_COLUMNS]
    rows = shown.rows or [PreviewRow(each, None, None, each.reason) for each in source.rows()]
    return ImportView(
        row=row,
        dataset_name=name,
        recognition=source.recognition,
        mapping=mapping,
        columns=[
            ShownColumn(index, column, mapping.types.get(column), role_of(mapping, column))
            for index, column in enumerate(names)
        ],
        rows=[_shown_row(each, names) for each in rows[:PREVIEW_ROWS]],
        problems=problems,
        earlier=earlier,
        outputs=outputs,
    )


def choose_mapping(
    row: Import,
    form: Form,
    columns: Sequence[str],
    earlier: Sequence[Import],
    saved: int | None,
    changed: str,
) -> Mapping:
    own = Mapping.model_validate(row.mapping)
    if "target" in form.values:
        return _posted_mapping(form, columns, changed) or own
    found = next((each.mapping for each in earlier if each.id == saved), None)
    return Mapping.model_validate(found) if found is not None else own


def _posted_mapping(form: Form, columns: Sequence[str], changed: str) -> Mapping | None:
    """`changed` is `target`, or the place of a column whose role was picked."""
    try:
        mapping = form.submit(MappingDraft, lambda draft: draft.to_mapping(columns))
    except ValidationError:
        return None
    if mapping is None:
        return None
    if changed == "target":
        before = form.values.get("target_before", "")
        return retarget(mapping, Target(before)) if before in set(Target) else mapping
    if changed.isdecimal() and int(changed) < len(columns):
        role = form.values.get(f"role_{changed}", "")
        return give_role(mapping, columns[int(changed)], role)
    return mapping


def form_of(view: ImportView, posted: Form) -> Form:
    """Says what is wrong; its values come from the mapping, which may say other than was posted."""
    form = Form()
    form.errors = (view.problems or {}) | posted.errors
    return form


CHOICES: dict[str, Any] = {
    "kinds": SourceKind,
    "shapes": Shape,
    "layouts": TextLayout,
    "targets": Target,
    "types": ColumnType,
}


def list_choices() -> dict[str, Any]:
    """What the selects of the page offer, in the reader's language."""
    choices: dict[str, Any] = {
        name: [(each.value, gettext(each.label)) for each in kind] for name, kind in CHOICES.items()
    }
    labels = {part: gettext(label) for part, label in PART_LABELS.items()}
    encodings = [(name, name.upper()) for name in OFFERED]
    return choices | {"labels": labels, "encodings": encodings}


def _say(document: Document) -> str:
    return gettext(document["sentence"]).format(**document["params"])


def _shown_row(shown: PreviewRow, names: Sequence[str]) -> ShownRow:
    values = shown.row.values or {}
    cells = [_cut(cell_text(values.get(name)), SHOWN_CELL) for name in names]
    return ShownRow(
        number=shown.row.number,
        line=shown.row.line,
        cells=cells if shown.row.values is not None else [_cut(shown.row.text, SHOWN_CELL)],
        turns=list(_turns(shown.example)) if shown.example else [],
        reason=_say_reason(shown.reason) if shown.reason else "",
    )


def _say_reason(reason: Reason) -> str:
    return gettext(reason.sentence).format(**dict(reason.params))


def _turns(example: Document) -> Iterator[ShownTurn]:
    """Messages of any format, one after the other."""
    asked = example.get("input")
    holder = asked if isinstance(asked, dict) else example
    messages = holder.get("messages")
    yield from _messages(messages)
    for part, role in (("preferred_output", "chosen"), ("non_preferred_output", "rejected")):
        for turn in _messages(example.get(part)):
            yield ShownTurn(role, turn.text)
    for part in ("prompt", "completion"):
        if part in example:
            yield ShownTurn(part, _cut(cell_text(example[part]), SHOWN_TEXT))


def _messages(messages: object) -> Iterator[ShownTurn]:
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            text = cell_text(message.get("content"))
            calls = message.get("tool_calls")
            shown = f"{text}\n{orjson.dumps(calls).decode()}".strip() if calls else text
            yield ShownTurn(str(message.get("role", "")), _cut(shown, SHOWN_TEXT))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"

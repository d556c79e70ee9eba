"""What the pages of an import show."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from app.core.clock import now
from app.datasets.imports.cells import ColumnType
from app.datasets.imports.kinds import Shape
from app.datasets.imports.mapping import ALLOWED, NEEDED, Mapping
from app.datasets.imports.parts import word
from app.datasets.imports.preview import PreviewRow, preview
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.roles import FIELDS, role_of, roles_of
from app.datasets.imports.sources import Source
from app.datasets.imports.suggestion import suggest_with_context
from app.datasets.models import DatasetVersion
from app.datasets.service import find_dataset_name
from app.imports import service
from app.imports.documents import Document, sample_source
from app.imports.draft_pages import (
    GraderField,
    Stale,
    find_stale,
    form_of,
    posted_mapping,
    problems_at,
    shown_fields,
    unseen_types,
)
from app.imports.models import Import, SavedMapping
from app.imports.preview_pages import ShownRow, shown_row
from app.imports.saved_mappings import list_saved_for
from app.web.forms import Form
from app.web.language import gettext

PREVIEW_ROWS = 5
MOST_COLUMNS = 40
WITH_CONTEXT = "context"
COLUMN_PARTS = ("turns", "history", "tools")


@dataclass(frozen=True, slots=True)
class ShownColumn:
    index: int
    name: str
    type: ColumnType | None
    role: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    sentence: str
    count: int
    is_problem: bool


@dataclass(frozen=True, slots=True)
class ImportView:
    """`recognition` and `mapping` are None until the file is recognised.

    `is_posted` says that the mapping is the one of the posted form, `has_context` that questions
    may be asked with the text that they are on.
    """

    row: Import
    dataset_name: str | None
    recognition: Recognition | None = None
    mapping: Mapping | None = None
    is_posted: bool = False
    has_context: bool = False
    columns: Sequence[ShownColumn] = ()
    rows: Sequence[ShownRow] = ()
    fields: Sequence[GraderField] = ()
    problems: Dictionary[str, str] = field(default_factory=dict)
    saved: Sequence[SavedMapping] = ()
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
        return [word(each.sentence, each.params, gettext) for each in remarks]

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
        return [part for part in self.roles if part != FIELDS]

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
        return names.index(name) if name in names else f"={name}" if name else ""

    @property
    def column_choices(self) -> list[tuple[int | str, str]]:
        """Columns, and what lies inside of one and is used."""
        named = [getattr(self.mapping, part) for part in (*COLUMN_PARTS, "sort_by")]
        inner = {name for name in named if name and isinstance(self.place_of(name), str)}
        return [*((each.index, each.name) for each in self.columns),
                *((self.place_of(name), name) for name in sorted(inner))]  # fmt: skip

    @property
    def unseen_types(self) -> Sequence[str]:
        names = self.recognition.column_names if self.recognition else ()
        shown = [column.name for column in self.columns]
        return unseen_types(self.mapping, shown, names) if self.mapping else ()

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None while nothing can be said of it."""
        row = self.row
        if row.begun_at is None or not row.rows_done or not row.row_count:
            return None
        pace = (now() - row.begun_at).total_seconds() / row.rows_done
        return max(0.0, pace * (row.row_count - row.rows_done))

    def form_of(self, posted: Form) -> Form:
        return form_of(posted, problems_at(self.problems, self.fields), is_read=self.is_posted)

    def stale_since(self, posted: Form) -> Stale | None:
        """None where the form could not be read: what was typed stays as it is."""
        names = [column.name for column in self.columns]
        is_read = self.mapping is not None and self.is_posted
        return find_stale(self.mapping, names, posted) if is_read and self.mapping else None


def view_import(
    session: Session, row: Import, form: Form | None = None, saved: int | str | None = None
) -> ImportView:
    """With the mapping of the form as far as one was sent, else one saved, else the row's own.

    `saved` is the number of a saved mapping, or the word for one that is suggested.
    """
    form = form or Form()
    name = find_dataset_name(session, row.dataset_id)
    outputs = service.list_outputs(session, row.id or 0)
    if row.recognition is None or row.mapping is None:
        return ImportView(row, name, outputs=outputs)
    source = sample_source(row.recognition, row.sample)
    offered = list_saved_for(session, row.columns_key)
    posted = posted_mapping(form, source.columns) if "target" in form.values else None
    variant = suggest_with_context(source.recognition)
    mapping = posted or (variant if saved == WITH_CONTEXT else None)
    mapping = mapping or _known_mapping(row, offered, saved)
    return ImportView(
        row=row,
        dataset_name=name,
        recognition=source.recognition,
        mapping=mapping,
        is_posted=posted is not None,
        fields=shown_fields(mapping, form),
        saved=offered,
        outputs=outputs,
        has_context=variant is not None,
        **_shown(source, mapping),
    )


def _known_mapping(
    row: Import, offered: Sequence[SavedMapping], saved: int | str | None
) -> Mapping:
    found = next((each.mapping for each in offered if each.id == saved), row.mapping)
    return Mapping.model_validate(found)


def _shown(source: Source, mapping: Mapping) -> dict[str, Any]:
    """The columns, the first rows beside what they become, and what of the mapping is wrong."""
    names = source.columns[:MOST_COLUMNS]
    shown = preview(source, mapping, PREVIEW_ROWS)
    rows = shown.rows or [PreviewRow(each, None, None, each.reason) for each in source.rows()]
    problems = {each.field: word(each.sentence, each.params, gettext)
                for each in reversed(shown.problems)}  # fmt: skip
    columns = [
        ShownColumn(index, column, mapping.types.get(column), role_of(mapping, column))
        for index, column in enumerate(names)
    ]
    return {
        "columns": columns,
        "rows": [shown_row(each, names) for each in rows[:PREVIEW_ROWS]],
        "problems": problems,
    }


def _say(document: Document) -> str:
    """A sentence that was kept with its values."""
    return word(str(document["sentence"]), document["params"], gettext)

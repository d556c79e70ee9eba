"""The mapping that a person is at: as posted, and which parts of the page lag behind it.

What is posted stands for itself: the roles that the page shows are posted beside those that were
picked, so that any answer may be lost or overtaken by a later one.
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.mapping import ALLOWED, Mapping, Target
from app.datasets.imports.mapping_files import LONGEST_DOCUMENT
from app.datasets.imports.roles import ROLES, role_of
from app.imports.schemas import FIELD, MappingDraft
from app.web.forms import Form

# What the form says beside texts and columns.
UNMAPPED = ("name", "descending", "keep_empty")


class GraderField(NamedTuple):
    """A field for graders as the form shows it."""

    name: str
    text: str


class Stale(NamedTuple):
    """What of the page says other than the mapping: its table, parts to be written anew."""

    table: bool
    all_parts: bool
    parts: Sequence[str]
    fields: bool


def posted_mapping(form: Form, columns: Sequence[str]) -> Mapping | None:
    """None when the form cannot be read as one; its errors say why."""
    try:
        return form.submit(MappingDraft, lambda draft: draft.to_mapping(columns))
    except ValidationError:
        return None


def shown_fields(mapping: Mapping, posted: Form) -> list[GraderField]:
    """As posted where they say the same, blank ones too: nothing moves while somebody types."""
    if mapping.target is not Target.REINFORCEMENT:
        return []
    given = posted_fields(posted)
    named = {each.name: each.text for each in given if any(each)}
    rows = (
        given
        if named == mapping.fields
        else [GraderField(*each) for each in mapping.fields.items()]
    )
    return rows if rows and not any(rows[-1]) else [*rows, GraderField("", "")]


def posted_fields(form: Form) -> list[GraderField]:
    numbers = sorted({int(found[1]) for key in form.values if (found := FIELD.fullmatch(key))})
    return [
        GraderField(
            form.values.get(f"field_{number}_name", "").strip(),
            form.values.get(f"field_{number}_text", ""),
        )
        for number in numbers
    ]


def find_stale(mapping: Mapping, columns: Sequence[str], form: Form) -> Stale:
    """`columns` are those that the table shows."""
    before = form.values.get("target_before", mapping.target)
    roles = [form.values.get(f"role_{at}", "") for at in range(len(columns))]
    named = {each.name: each.text for each in posted_fields(form) if any(each)}
    changed = [part for part in ROLES if _said(form, part) != (getattr(mapping, part) or "")]
    return Stale(
        table=before != mapping.target or roles != [role_of(mapping, name) for name in columns],
        all_parts=before != mapping.target,
        parts=[part for part in changed if part in ALLOWED[mapping.target]],
        fields=named != mapping.fields,
    )


def form_of(posted: Form, problems: Dictionary[str, str], *, is_read: bool) -> Form:
    """Where the posted mapping was read, it speaks for itself: roles have changed its texts."""
    form = Form() if is_read else posted
    if is_read:
        form.values = {name: posted.values[name] for name in UNMAPPED if name in posted.values}
    form.errors = {**posted.errors, **problems}
    return form


def take_file(form: Form, field: str, name: str) -> None:
    """What a small file says becomes the value of a text; without a file the text stays."""
    file = form.file(field)
    if file is not None:
        with file.file as stream:
            content = stream.read(LONGEST_DOCUMENT + 1)
        form.values[name] = content.decode("utf-8-sig", "replace") or form.values.get(name, "")


def _said(form: Form, part: str) -> str:
    return form.values.get(part, "").replace("\r\n", "\n")


def problems_at(problems: Dictionary[str, str], fields: Sequence[GraderField]) -> dict[str, str]:
    """Problems with a field for graders stand where its text is typed."""
    places: dict[str, str] = {}
    for at, each in enumerate(fields):
        places.setdefault(f"fields.{each.name}", f"field_{at}_text")
    return {places.get(field, field): sentence for field, sentence in problems.items()}


def unseen_types(mapping: Mapping, shown: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Types of columns that the page does not show, as the form sends them back."""
    return [
        f"{columns.index(name) if name in columns else '=' + name}:{type_.value}"
        for name, type_ in mapping.types.items()
        if name not in shown and type_ is not ColumnType.TEXT
    ]

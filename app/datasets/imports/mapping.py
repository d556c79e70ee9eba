"""How rows become examples: a model that is kept and offered again.

    target: chat
    system: You rate reviews of apps from 1 to 5.
    user: "{{ title }}\\n{{ body }}"
    assistant: "{{ star }}"
    types: {star: integer}
    unique_by: "{{ body | trim | lower }}"

All texts but `history`, `turns`, `tools` and `sort_by`, which name a column, are templates.
As a file it is read and written by mapping_files.py.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from app.core.text import N_
from app.datasets.imports.cells import ColumnType
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.parts import word
from app.datasets.imports.templates import TemplateError, parse_template

PARTS = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected", "unique_by")
COLUMN_FIELDS = ("history", "turns", "tools", "sort_by")
# What a reinforcement row has beside the fields for its grader.
RESERVED = frozenset({"messages", "tools", "parallel_tool_calls"})


class Target(StrEnum):
    """What the rows become. `keep` writes rows that are examples already."""

    KEEP = "keep"
    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"
    CONVERSATIONS = "conversations"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Target.KEEP: N_("Examples as they are"),
    Target.CHAT: N_("Chat"),
    Target.COMPLETION: N_("Prompt and completion"),
    Target.PREFERENCE: N_("Preference"),
    Target.REINFORCEMENT: N_("Reinforcement"),
    Target.CONVERSATIONS: N_("Conversations in a column"),
}

NEEDED = {
    Target.KEEP: (),
    Target.CHAT: ("user", "assistant"),
    Target.COMPLETION: ("prompt", "completion"),
    Target.PREFERENCE: ("chosen", "rejected"),
    Target.REINFORCEMENT: ("user",),
    Target.CONVERSATIONS: ("turns",),
}
ALLOWED = {
    Target.KEEP: set[str](),
    Target.CHAT: {"system", "user", "assistant", "history", "tools"},
    Target.COMPLETION: {"prompt", "completion"},
    Target.PREFERENCE: {"system", "user", "chosen", "rejected", "history", "tools"},
    Target.REINFORCEMENT: {"system", "user", "history", "tools"},
    Target.CONVERSATIONS: {"system", "turns", "tools"},
}


class Keep(StrEnum):
    """Which of several rows with the same `unique_by` stays, always at the first one's place."""

    FIRST = "first"
    LAST = "last"


class Mapping(BaseModel):
    """A system text that is None or comes out blank is left away.

    `fields` are templates of further fields of reinforcement rows. `also_without_system` makes a
    second file of the same rows without system messages. Rows with an empty part are left out
    unless `skip_empty` is off.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=100_000)

    target: Target
    system: str | None = None
    user: str | None = None
    assistant: str | None = None
    prompt: str | None = None
    completion: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    fields: dict[str, str] = Field(default_factory=dict, max_length=100)
    history: str | None = None
    turns: str | None = None
    tools: str | None = None
    types: dict[str, ColumnType] = Field(default_factory=dict, max_length=2_000)
    unique_by: str | None = None
    keep: Keep = Keep.FIRST
    skip_empty: bool = True
    sort_by: str | None = None
    descending: bool = False
    also_without_system: bool = False
    source: SourceOptions = SourceOptions()


class MappingProblem(NamedTuple):
    """`field` names what of the mapping is wrong, `position` the letter in its template."""

    field: str
    sentence: str
    params: dict[str, str | int]
    position: int | None = None

    @property
    def message(self) -> str:
        return word(self.sentence, self.params)


def check_mapping(mapping: Mapping, columns: Sequence[str]) -> list[MappingProblem]:
    """Everything for which no row could be rendered; empty when it fits the columns."""
    return [
        *_check_parts(mapping),
        *_check_columns(mapping, columns),
        *(
            problem
            for field, template in templates_of(mapping).items()
            for problem in _check_template(field, template, columns)
        ),
    ]


def templates_of(mapping: Mapping) -> dict[str, str]:
    """All templates that are there, by the names of their fields."""
    found = {part: getattr(mapping, part) for part in PARTS}
    extra = {f"fields.{name}": template for name, template in mapping.fields.items()}
    return {part: template for part, template in found.items() if template is not None} | extra


def find_path(name: str, columns: Iterable[str]) -> tuple[str, ...] | None:
    """How to reach a name in a row: a column, or a place inside of one with dots."""
    if name in columns:
        return (name,)
    first, *rest = name.split(".")
    return (first, *rest) if rest and first in columns else None


def columns_key(columns: Sequence[str]) -> str:
    """The same for the same set of columns: by this a saved mapping is found again."""
    return sha256(orjson.dumps(sorted(columns))).hexdigest()[:32]


def _check_parts(mapping: Mapping) -> Iterable[MappingProblem]:
    for part in NEEDED[mapping.target]:
        if not (getattr(mapping, part) or "").strip():
            yield MappingProblem(part, N_("The part “{part}” is needed."), {"part": part})
    given = [part for part in (*PARTS[:-1], *COLUMN_FIELDS[:-1]) if getattr(mapping, part)]
    for part in given:
        if part not in ALLOWED[mapping.target]:
            sentence = N_("The part “{part}” does not belong to what the rows become.")
            yield MappingProblem(part, sentence, {"part": part})
    if mapping.fields and mapping.target is not Target.REINFORCEMENT:
        sentence = N_("The part “{part}” does not belong to what the rows become.")
        yield MappingProblem("fields", sentence, {"part": "fields"})
    for name, template in mapping.fields.items():
        yield from _check_field(name, template)


def _check_field(name: str, template: str) -> Iterable[MappingProblem]:
    """An example has more than its fields, and those keep their names."""
    field = f"fields.{name}"
    if not name.strip():
        yield MappingProblem(field, N_("A field for graders needs a name."), {})
    elif name in RESERVED:
        yield MappingProblem(
            field, N_("A field for graders cannot be called “{name}”."), {"name": name}
        )
    if not template.strip():
        yield MappingProblem(field, N_("Say what the field “{name}” holds."), {"name": name})


def _check_columns(mapping: Mapping, columns: Sequence[str]) -> Iterable[MappingProblem]:
    named: list[tuple[str, Any]] = [(field, getattr(mapping, field)) for field in COLUMN_FIELDS]
    for field, name in [*named, *(("types", name) for name in mapping.types)]:
        if name is not None and find_path(name, columns) is None:
            yield MappingProblem(field, N_("There is no column “{name}”."), {"name": name})


def _check_template(field: str, template: str, columns: Sequence[str]) -> Iterable[MappingProblem]:
    try:
        references = parse_template(template).references
    except TemplateError as error:
        found = error.problem
        yield MappingProblem(field, found.sentence, found.params, found.position)
        return
    for reference in references:
        if find_path(reference.name, columns) is None:
            yield MappingProblem(
                field, N_("There is no column “{name}”."), {"name": reference.name},
                reference.position,
            )  # fmt: skip

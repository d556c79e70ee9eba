"""What people say about an import."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator, model_validator

from app.core.errors import Invalid
from app.datasets.imports.cells import ColumnType
from app.datasets.imports.kinds import Shape, SourceKind, TextLayout
from app.datasets.imports.mapping import Keep, Mapping, Target
from app.datasets.imports.mapping_files import LONGEST_DOCUMENT
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.roles import give_role, retarget, roles_of
from app.datasets.schemas import DatasetName

TEXTS = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected", "unique_by")
COLUMNS = ("history", "turns", "tools", "sort_by")
LONGEST_TEXT = 100_000
MOST_COLUMNS = 2_000
FIELD = re.compile(r"field_(\d{1,3})_(?:name|text)")
ROLE = re.compile(r"role_(?:before_)?(\d{1,4})")
Place = Annotated[str | None, Field(max_length=500, pattern=r"^(\d{1,4}|=.+)$")]


class ImportCreate(BaseModel):
    """With `dataset_id` the import becomes the next version of that dataset."""

    name: DatasetName | None = None
    dataset_id: int | None = Field(None, ge=1, le=2_147_483_647)


class ImportOptions(BaseModel):
    """What the recognition got wrong; the separator `tab` stands for one."""

    kind: SourceKind | None = None
    shape: Shape | None = None
    encoding: str | None = Field(None, max_length=40)
    separator: str | None = Field(None, max_length=3)
    has_quotes: bool | None = None
    header_row: int | None = Field(None, ge=0, le=10_000)
    sheet: str | None = Field(None, max_length=255)
    member: str | None = Field(None, max_length=1_000)
    text_layout: TextLayout | None = None

    @field_validator("separator")
    @classmethod
    def read_separator(cls, value: str | None) -> str | None:
        if value is not None and value != "tab" and len(value) != 1:
            raise ValueError("one character")
        return "\t" if value == "tab" else value

    def to_options(self) -> SourceOptions:
        return SourceOptions.model_validate(self.model_dump())


class FieldDraft(BaseModel):
    """A field for graders: its name, and the template of what it holds."""

    number: int
    name: str = Field("", max_length=200)
    text: str = Field("", max_length=LONGEST_TEXT)


class MappingDraft(BaseModel):
    """A mapping as the page's form sends it.

    Columns come by their places, or as `=name` where they lie inside of one, types as
    `2:integer`. A role that was picked in the table differs from the one that stood there
    before; so does what rows become.
    """

    target: Target
    target_before: str = Field("", max_length=40)
    system: str | None = Field(None, max_length=LONGEST_TEXT)
    user: str | None = Field(None, max_length=LONGEST_TEXT)
    assistant: str | None = Field(None, max_length=LONGEST_TEXT)
    prompt: str | None = Field(None, max_length=LONGEST_TEXT)
    completion: str | None = Field(None, max_length=LONGEST_TEXT)
    chosen: str | None = Field(None, max_length=LONGEST_TEXT)
    rejected: str | None = Field(None, max_length=LONGEST_TEXT)
    unique_by: str | None = Field(None, max_length=LONGEST_TEXT)
    history: Place = None
    turns: Place = None
    tools: Place = None
    sort_by: Place = None
    types: list[str] = Field(default_factory=list, max_length=MOST_COLUMNS)
    fields_given: list[FieldDraft] = Field(default_factory=list, max_length=100)
    roles_picked: dict[int, str] = Field(default_factory=dict)
    keep: Keep = Keep.FIRST
    keep_empty: bool = False
    descending: bool = False
    also_without_system: bool = False

    @model_validator(mode="before")
    @classmethod
    def gather(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Fields for graders and roles are numbered in their names."""
        numbers = {int(found[1]) for key in given if (found := FIELD.fullmatch(key))}
        places = {int(found[1]) for key in given if (found := ROLE.fullmatch(key))}
        fields = [
            {"number": number, "name": given.get(f"field_{number}_name", ""),
             "text": given.get(f"field_{number}_text", "")}
            for number in sorted(numbers)
        ]  # fmt: skip
        roles = {
            place: role
            for place in sorted(places)
            if (role := given.get(f"role_{place}", "")) != given.get(f"role_before_{place}", "")
        }
        return given | {"fields_given": fields, "roles_picked": roles}

    def to_mapping(self, columns: Sequence[str]) -> Mapping:
        """Raises Invalid. Places beyond the columns are left away: they may have changed."""
        texts = {part: getattr(self, part) for part in TEXTS}
        named = {part: _name_at(getattr(self, part), columns) for part in COLUMNS}
        mapping = Mapping(
            target=self.target,
            types=self._types(columns),
            fields=self._fields(),
            keep=self.keep,
            skip_empty=not self.keep_empty,
            descending=self.descending,
            also_without_system=self.also_without_system,
            **{part: text.replace("\r\n", "\n") for part, text in texts.items() if text},
            **named,
        )
        return self._with_roles(mapping, columns)

    def _with_roles(self, mapping: Mapping, columns: Sequence[str]) -> Mapping:
        if self.target_before in set(Target) and self.target_before != self.target:
            mapping = retarget(mapping, Target(self.target_before))
        roles = {"", *roles_of(self.target)}
        for place, role in self.roles_picked.items():
            if place < len(columns) and role in roles:
                mapping = give_role(mapping, columns[place], role)
        return mapping

    def _fields(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in self.fields_given:
            name = each.name.strip()
            if name in found:
                place = f"field_{each.number}_name"
                raise Invalid("The field “{name}” stands here twice.", field=place, name=name)
            if name or each.text.strip():
                found[name] = each.text.replace("\r\n", "\n")
        return found

    def _types(self, columns: Sequence[str]) -> dict[str, ColumnType]:
        """Text is what columns are anyway."""
        found = {}
        for said in self.types:
            place, _, type_ = said.rpartition(":")
            name = _name_at(place, columns)
            if name is not None and type_ in set(ColumnType) - {ColumnType.TEXT}:
                found[name] = ColumnType(type_)
        return found


class ImportStart(MappingDraft):
    name: DatasetName | None = None


class MappingUpload(BaseModel):
    """A mapping as YAML, pasted."""

    yaml: str = Field(max_length=LONGEST_DOCUMENT)


class ImportRepeat(BaseModel):
    """Whether the file becomes another version of the dataset, else a dataset of its own."""

    as_version: bool = False


class SavedMappingRename(BaseModel):
    name: DatasetName


def _name_at(place: str | None, columns: Sequence[str]) -> str | None:
    if place is None or place.startswith("="):
        return place[1:] if place else None
    return columns[int(place)] if place.isdecimal() and int(place) < len(columns) else None

"""What people say about an import."""

from collections.abc import Sequence

from pydantic import BaseModel, Field, field_validator

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.kinds import Shape, SourceKind, TextLayout
from app.datasets.imports.mapping import Keep, Mapping, Target
from app.datasets.imports.options import SourceOptions
from app.datasets.schemas import DatasetName

TEXTS = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected", "unique_by")
COLUMNS = ("history", "turns", "tools", "sort_by")
LONGEST_TEXT = 100_000
MOST_COLUMNS = 2_000


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


class MappingDraft(BaseModel):
    """A mapping as the page's form sends it: columns by their places, types as `2:integer`."""

    target: Target
    system: str | None = Field(None, max_length=LONGEST_TEXT)
    user: str | None = Field(None, max_length=LONGEST_TEXT)
    assistant: str | None = Field(None, max_length=LONGEST_TEXT)
    prompt: str | None = Field(None, max_length=LONGEST_TEXT)
    completion: str | None = Field(None, max_length=LONGEST_TEXT)
    chosen: str | None = Field(None, max_length=LONGEST_TEXT)
    rejected: str | None = Field(None, max_length=LONGEST_TEXT)
    unique_by: str | None = Field(None, max_length=LONGEST_TEXT)
    history: int | None = Field(None, ge=0, lt=MOST_COLUMNS)
    turns: int | None = Field(None, ge=0, lt=MOST_COLUMNS)
    tools: int | None = Field(None, ge=0, lt=MOST_COLUMNS)
    sort_by: int | None = Field(None, ge=0, lt=MOST_COLUMNS)
    types: list[str] = Field(default_factory=list, max_length=MOST_COLUMNS)
    keep: Keep = Keep.FIRST
    descending: bool = False
    also_without_system: bool = False

    def to_mapping(self, columns: Sequence[str]) -> Mapping:
        """Places beyond the columns are left away: the columns may have changed meanwhile."""
        texts = {part: getattr(self, part) for part in TEXTS}
        named = {part: _name_at(getattr(self, part), columns) for part in COLUMNS}
        return Mapping(
            target=self.target,
            types=self._types(columns),
            keep=self.keep,
            descending=self.descending,
            also_without_system=self.also_without_system,
            **{part: text.replace("\r\n", "\n") for part, text in texts.items() if text},
            **named,
        )

    def _types(self, columns: Sequence[str]) -> dict[str, ColumnType]:
        found = {}
        for said in self.types:
            place, _, word = said.partition(":")
            name = _name_at(int(place) if place.isdecimal() else None, columns)
            if name is not None and word in set(ColumnType):
                found[name] = ColumnType(word)
        return found


class ImportStart(MappingDraft):
    name: DatasetName | None = None


def _name_at(place: int | None, columns: Sequence[str]) -> str | None:
    return columns[place] if place is not None and place < len(columns) else None

"""What a person can say about a file where the recognition guessed wrong."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.imports.kinds import Shape, SourceKind, TextLayout


class SourceOptions(BaseModel):
    """Everything that is None is recognised. `header_row` counts from 1, 0 means there is none.

    `encoding` is a name Python knows; `has_quotes` says whether quotation marks stand around cells
    or are letters like others; `member` the name of a part of a .zip as it is shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SourceKind | None = None
    shape: Shape | None = None
    encoding: str | None = Field(None, max_length=40)
    separator: str | None = Field(None, min_length=1, max_length=1)
    has_quotes: bool | None = None
    header_row: int | None = Field(None, ge=0, le=10_000)
    sheet: str | None = Field(None, max_length=255)
    member: str | None = Field(None, max_length=1_000)
    text_layout: TextLayout | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is unpacked and held. A workbook or table reader may use `child_bytes`."""

    unpacked_bytes: int = 2 << 30
    ratio: int = 300
    small_bytes: int = 16 << 20  # below this any ratio is fine
    members: int = 1_000
    cell_bytes: int = 8 << 20
    row_bytes: int = 8 << 20
    columns: int = 2_000
    child_bytes: int = 2 << 30
    child_seconds: int = 600


LIMITS = Limits()

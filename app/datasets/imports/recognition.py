"""What was recognised about a source, to be said and to be corrected by `SourceOptions`."""

from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.text import N_
from app.datasets.imports.columns import Column
from app.datasets.imports.encodings import TextEncoding
from app.datasets.imports.kinds import Confidence, Shape, SourceKind, TextLayout


class Remark(NamedTuple):
    """`sentence` is a msgid, `params` its values."""

    sentence: str
    params: dict[str, str | int]

    @property
    def message(self) -> str:
        return self.sentence.format(**self.params)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Facts that do not belong to the kind are None. `name` is the file's, to show.

    `header_row` counts rows of the table from 1, 0 means none; `depth` is what json_items.py asks.
    """

    name: str
    kind: SourceKind
    shape: Shape
    confidence: Confidence
    columns: tuple[Column, ...]
    encoding: TextEncoding | None = None
    separator: str | None = None
    has_quotes: bool = True
    header_row: int | None = None
    empty_columns: int = 0
    depth: int = 0
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    members: tuple[str, ...] = ()
    member: str | None = None
    text_layout: TextLayout | None = None
    sampled_rows: int = 0
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def remarks_on(found: Recognition) -> tuple[Remark, ...]:
    """The facts in words, those that matter most first."""
    remarks = [_remark(_KINDS[found.kind][min(found.depth, len(_KINDS[found.kind]) - 1)])]
    remarks += _table_remarks(found)
    remarks += _text_remarks(found.encoding) if found.encoding else []
    if found.sheet is not None and len(found.sheets) > 1:
        remarks.append(_remark(N_("Of {count} sheets, “{name}” is read."),
                               count=len(found.sheets), name=found.sheet))  # fmt: skip
    if found.member is not None and len(found.members) > 1:
        remarks.append(_remark(N_("Of {count} parts of the archive, “{name}” is read."),
                               count=len(found.members), name=found.member))  # fmt: skip
    return tuple(remarks)


_KINDS: dict[SourceKind, tuple[str, ...]] = {
    SourceKind.JSON_LINES: (N_("It is JSON lines: one object on each line."),),
    SourceKind.JSON: (
        N_("It is JSON: objects one after the other, spread over lines."),
        N_("It is JSON: one array of objects."),
        N_("It is JSON: objects in a list inside of one object."),
    ),
    SourceKind.DELIMITED: (N_("It is a table in plain text."),),
    SourceKind.WORKBOOK: (N_("It is an Excel workbook; a formula is read as its value."),),
    SourceKind.PARQUET: (N_("It is a Parquet table."),),
    SourceKind.TEXT: (N_("It is plain text."),),
}


def _table_remarks(found: Recognition) -> list[Remark]:
    remarks = []
    if found.separator == "\t":
        remarks.append(_remark(N_("Tabs separate the cells.")))
    elif found.separator is not None:
        remarks.append(_remark(N_("“{separator}” separates the cells."),
                               separator=found.separator))  # fmt: skip
    if not found.has_quotes:
        remarks.append(_remark(N_("Quotation marks are letters like others.")))
    if found.header_row == 0:
        remarks.append(_remark(N_("No row looks like a header, so columns are numbered.")))
    elif found.header_row == 1:
        remarks.append(_remark(N_("The first row is the header.")))
    elif found.header_row is not None:
        remarks.append(_remark(N_("Row {row} is the header; what stands above is not read."),
                               row=found.header_row))  # fmt: skip
    if found.empty_columns:
        remarks.append(_remark(N_("Columns without name and content are not read ({count})."),
                               count=found.empty_columns))  # fmt: skip
    return remarks


def _text_remarks(encoding: TextEncoding) -> list[Remark]:
    name = encoding.name.upper()
    remarks = [_remark(N_("The text is in {encoding}."), encoding=name)]
    if encoding.confidence is Confidence.GUESS:
        remarks.append(_remark(N_("The encoding is a guess; look whether all letters are right.")))
    if encoding.is_damaged:
        remarks.append(_remark(
            N_("Some bytes are no letters in {encoding}; rows that have them are left out."),
            encoding=name))  # fmt: skip
    return remarks


def _remark(sentence: str, **params: str | int) -> Remark:
    return Remark(sentence, params)

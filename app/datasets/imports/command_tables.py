"""What `tuneboard import` writes for people: the words of the pages, in columns."""

from collections.abc import Iterator
from unicodedata import east_asian_width

import orjson

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.conversion import Conversion
from app.datasets.imports.mapping import Mapping
from app.datasets.imports.mapping_files import write_mapping
from app.datasets.imports.parts import label_of
from app.datasets.imports.preview import Preview, PreviewRow
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.roles import role_of

SHOWN_COLUMNS = 40
SHOWN_NAME = 24
SHOWN_EXAMPLE = 60
SHOWN_LETTERS = 300
SHOWN_ROWS = 8


def show_lines(shown: Preview, mapping: Mapping, *, is_suggested: bool) -> Iterator[str]:
    """The file, its columns, the mapping, and what becomes of the first rows."""
    yield from _recognition_lines(shown.recognition)
    yield from _column_lines(shown.recognition, mapping)
    yield "  Suggested mapping\n" if is_suggested else "  Mapping\n"
    yield from (f"    {line}\n" for line in write_mapping(mapping).splitlines())
    for problem in shown.problems:
        at = "" if problem.position is None else f", letter {problem.position + 1}"
        yield f"  Error    {problem.field}{at}: {problem.message}\n"
    for row in shown.rows:
        yield from _row_lines(row)


def report_lines(recognition: Recognition, done: Conversion) -> Iterator[str]:
    """What was written, and what was left out for which reasons."""
    yield from _recognition_lines(recognition)
    yield f"  {'Rows':<9}{done.rows:>10,}\n"
    for output in done.outputs:
        yield f"  {'Examples':<9}{output.examples:>10,}  {output.size:,} bytes: {output.path}\n"
    for reason, count in done.left_out.counts.items():
        numbers = done.left_out.rows_of(reason, SHOWN_ROWS + 1)
        more = " …" if len(numbers) > SHOWN_ROWS else ""
        word = "Left out" if reason.is_problem else "Skipped"
        yield f"  {word:<9}{count:>10,}  {reason.message} "
        yield f"Rows {', '.join(map(str, numbers[:SHOWN_ROWS]))}{more}\n"


def _recognition_lines(found: Recognition) -> Iterator[str]:
    yield f"  {found.kind.label} ({found.confidence.label.lower()}): {found.shape.label}\n"
    yield f"  {' '.join(remark.message for remark in found.remarks)}\n"


def _column_lines(found: Recognition, mapping: Mapping) -> Iterator[str]:
    yield f"  {_pad('Column', SHOWN_NAME)}  {'Type':<12}  {'Role':<18}  First values\n"
    for column in found.columns[:SHOWN_COLUMNS]:
        type_ = mapping.types.get(column.name, ColumnType.TEXT)
        role = label_of(role_of(mapping, column.name))
        values = _one_line(" | ".join(column.examples), SHOWN_EXAMPLE)
        name = _pad(_one_line(column.name, SHOWN_NAME), SHOWN_NAME)
        yield f"  {name}  {type_.label:<12}  {role:<18}  {values}\n"
    if len(found.columns) > SHOWN_COLUMNS:
        yield f"  … {len(found.columns) - SHOWN_COLUMNS:,} more columns\n"


def _row_lines(row: PreviewRow) -> Iterator[str]:
    made = row.reason.message if row.reason else orjson.dumps(row.example).decode()
    word = f"Row {row.row.number}"
    yield f"  {word:<9}{'left out: ' if row.reason else ''}{made[:SHOWN_LETTERS]}\n"


def _one_line(text: str, width: int) -> str:
    """Cut to a width, which Hangul uses two of for a letter."""
    shown, used = "", 0
    for letter in text:
        used += _width(letter)
        if used > width:
            return shown[:-1] + "…"
        shown += letter if letter.isprintable() else " "
    return shown


def _pad(text: str, width: int) -> str:
    return text + " " * (width - sum(map(_width, text)))


def _width(letter: str) -> int:
    return 2 if east_asian_width(letter) in "WF" else 1

"""Opens a file of any kind: recognised, and read row by row as often as needed.

with open_source(path, "reviews.csv.gz", SourceOptions(encoding="cp949")) as source:
    for row in source.rows(): ...
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.errors import Invalid
from app.datasets.imports.columns import describe_columns, names_in
from app.datasets.imports.delimited import hinted_separator, read_cells
from app.datasets.imports.detection import (
    SAMPLE_LETTERS,
    choose_encoding,
    find_binary_kind,
    find_text_kind,
    is_marked,
    read_text_sample,
)
from app.datasets.imports.encodings import TextEncoding, open_as_utf8
from app.datasets.imports.headers import Header, find_header, name_columns
from app.datasets.imports.json_items import find_depth
from app.datasets.imports.json_rows import flatten_questions, read_json_items, read_json_lines
from app.datasets.imports.kinds import Confidence, Shape, SourceKind, lowest
from app.datasets.imports.options import LIMITS, Limits, SourceOptions
from app.datasets.imports.parquet import parquet_columns, read_parquet
from app.datasets.imports.recognition import Recognition, remarks_on
from app.datasets.imports.rows import SourceRow, Values
from app.datasets.imports.separators import Separator, find_separator, uses_quotes
from app.datasets.imports.shapes import find_shape
from app.datasets.imports.tables import CellRow, name_cells
from app.datasets.imports.text_pairs import columns_of, find_layout, read_texts
from app.datasets.imports.unpacking import Unpacked, unpack
from app.datasets.imports.workbooks import read_sheet, sample_sheet

SAMPLE_ROWS = 200
SAMPLE_BYTES = 1 << 16
SAMPLE_SIZE = 16 << 20
Read = Callable[[], Iterator[SourceRow]]


@dataclass(frozen=True, slots=True)
class Source:
    recognition: Recognition
    read: Read

    def rows(self) -> Iterator[SourceRow]:
        """From the beginning, each time. May raise Invalid in the middle."""
        return self.read()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.recognition.column_names


@contextmanager
def open_source(
    path: Path,
    name: str | None = None,
    options: SourceOptions | None = None,
    limits: Limits = LIMITS,
) -> Iterator[Source]:
    """`name` is what the file was called. Raises Invalid or TooLarge, and OSError."""
    options = options or SourceOptions()
    with TemporaryDirectory(prefix="tuneboard-") as folder:
        unpacked = unpack(path, name or path.name, Path(folder), options.member, limits)
        found = _open(unpacked, options)
        recognition = replace(found.recognition, members=unpacked.members, member=unpacked.member)
        yield replace(found, recognition=replace(recognition, remarks=remarks_on(recognition)))


def _open(file: Unpacked, options: SourceOptions) -> Source:
    match find_binary_kind(file.path):
        case SourceKind.WORKBOOK:
            return _open_workbook(file, options)
        case SourceKind.PARQUET:
            return _open_parquet(file, options)
    encoding = choose_encoding(file.path, options.encoding)
    sample = read_text_sample(file.path, encoding)
    match options.kind or find_text_kind(sample, file.name):
        case SourceKind.JSON_LINES | SourceKind.JSON as kind:
            return _open_json(file, options, encoding, kind)
        case SourceKind.DELIMITED:
            return _open_delimited(file, options, encoding, sample)
        case SourceKind.TEXT:
            return _open_text(file, options, encoding, sample)
        case kind:
            raise Invalid("It cannot be read as {kind}.", field="kind", kind=kind.label)


def _open_workbook(file: Unpacked, options: SourceOptions) -> Source:
    sheet, sample = sample_sheet(file.path, options.sheet, SAMPLE_ROWS)
    header = _header(sample, options)

    def read() -> Iterator[SourceRow]:
        return name_cells(read_sheet(file.path, sheet.name), header)

    found = _recognise(file, SourceKind.WORKBOOK, options, read, header.columns)
    return Source(
        replace(
            found,
            header_row=header.row,
            empty_columns=header.names.count(None),
            sheets=sheet.names,
            sheet=sheet.name,
        ),
        read,
    )


def _open_parquet(file: Unpacked, options: SourceOptions) -> Source:
    columns = parquet_columns(file.path)

    def read() -> Iterator[SourceRow]:
        return read_parquet(file.path)

    return Source(_recognise(file, SourceKind.PARQUET, options, read, columns), read)


def _open_json(
    file: Unpacked, options: SourceOptions, encoding: TextEncoding, kind: SourceKind
) -> Source:
    depth = 0
    if kind is SourceKind.JSON:
        with open_as_utf8(file.path, encoding) as stream:
            depth = find_depth(stream.read(SAMPLE_BYTES))

    def read_plain() -> Iterator[SourceRow]:
        if kind is SourceKind.JSON_LINES:
            return read_json_lines(file.path, encoding)
        return read_json_items(file.path, encoding, depth)

    def read_questions() -> Iterator[SourceRow]:
        return flatten_questions(read_plain())

    found = _recognise(file, kind, options, read_plain)
    if found.shape is not Shape.QUESTIONS:
        return Source(replace(found, encoding=encoding, depth=depth), read_plain)
    flat = _recognise(file, kind, options, read_questions)
    shown = replace(flat, shape=Shape.QUESTIONS, encoding=encoding, depth=depth)
    return Source(shown, read_questions)


def _open_delimited(
    file: Unpacked, options: SourceOptions, encoding: TextEncoding, sample: str
) -> Source:
    """Where nothing separates cells it is text, unless the file is said or named to be a table."""
    hint = hinted_separator(sample.split("\n", 1)[0].rstrip("\r"))
    found = _choose_separator(sample, options.separator or hint)
    is_table = options.kind is not None or file.name.lower().endswith((".csv", ".tsv"))
    if found is None and not is_table:
        return _open_text(file, options, encoding, sample)
    separator, confidence = found or Separator(",", Confidence.GUESS)
    said = options.has_quotes
    is_whole = len(sample) < SAMPLE_LETTERS
    has_quotes = uses_quotes(sample, separator, is_whole=is_whole) if said is None else said
    cells = read_cells(file.path, encoding, separator, has_quotes)
    header = _header(list(islice(cells, SAMPLE_ROWS)), options, skipped=1 if hint else 0)

    def read() -> Iterator[SourceRow]:
        return name_cells(read_cells(file.path, encoding, separator, has_quotes), header)

    recognition = replace(
        _recognise(file, SourceKind.DELIMITED, options, read, header.columns),
        encoding=encoding,
        separator=separator,
        has_quotes=has_quotes,
        header_row=header.row,
        empty_columns=header.names.count(None),
        confidence=lowest(confidence, encoding.confidence),
    )
    return Source(recognition, read)


def _choose_separator(sample: str, said: str | None) -> Separator | None:
    if said is not None:
        return Separator(said, Confidence.CERTAIN)
    return find_separator(sample, is_whole=len(sample) < SAMPLE_LETTERS)


def _open_text(
    file: Unpacked, options: SourceOptions, encoding: TextEncoding, sample: str
) -> Source:
    layout = options.text_layout or find_layout(sample)

    def read() -> Iterator[SourceRow]:
        return read_texts(file.path, encoding, layout)

    found = _recognise(file, SourceKind.TEXT, options, read, columns_of(layout))
    is_sure = options.text_layout is not None or is_marked(sample, file.name)
    return Source(
        replace(
            found,
            encoding=encoding,
            text_layout=layout,
            confidence=lowest(
                Confidence.LIKELY if is_sure else Confidence.GUESS, encoding.confidence
            ),
        ),
        read,
    )


def _header(sample: Sequence[CellRow], options: SourceOptions, skipped: int = 0) -> Header:
    cells = [row.cells for row in sample]
    row = options.header_row
    if row is None:
        found = find_header(cells[skipped:])
        row = found + skipped if found or skipped else 0
    return name_columns(cells, row)


def _recognise(
    file: Unpacked,
    kind: SourceKind,
    options: SourceOptions,
    read: Read,
    columns: Sequence[str] | None = None,
) -> Recognition:
    """From the first rows. Where the columns are not known they are those of these rows."""
    values = _sample(read)
    shape = options.shape or find_shape(values, kind)
    return Recognition(
        name=file.name,
        kind=kind,
        shape=shape,
        confidence=Confidence.CERTAIN if values else Confidence.GUESS,
        columns=describe_columns(
            names_in(values)[: LIMITS.columns] if columns is None else columns, values
        ),
        sampled_rows=len(values),
    )


def _sample(read: Read) -> list[Values]:
    """Fewer rows where they are long."""
    values: list[Values] = []
    size = 0
    for row in islice(read(), SAMPLE_ROWS):
        if row.values is not None:
            values.append(row.values)
            size += len(str(row.values))
        if size > SAMPLE_SIZE:
            break
    return values

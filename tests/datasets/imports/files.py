"""Files of every kind, made for tests."""

import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from app.datasets.imports.conversion import convert
from app.datasets.imports.mapping import Mapping
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.rows import SourceRow
from app.datasets.imports.sources import open_source
from app.datasets.imports.suggestion import suggest_mapping

REVIEWS = "review,star\nGood app,5\n별로예요,1\n그저 그래요,3\n"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def recognise(path: Path, **options: Any) -> Recognition:
    with open_source(path, options=SourceOptions(**options)) as source:
        return source.recognition


def read_rows(path: Path, **options: Any) -> list[SourceRow]:
    with open_source(path, options=SourceOptions(**options)) as source:
        return list(source.rows())


def read_values(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row.values for row in read_rows(path, **options) if row.values is not None]


def import_suggested(path: Path, out: Path) -> tuple[Mapping, list[dict[str, Any]]]:
    """The mapping that is suggested, and the examples it makes."""
    with open_source(path) as source:
        mapping = suggest_mapping(source.recognition)
        convert(source, mapping, out)
    return mapping, [json.loads(line) for line in out.read_bytes().splitlines()]


def write_json_lines(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def write_workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]] | str]) -> Path:
    """Cells by their values; a whole sheet's rows as XML where a text is given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(sheets).items():
            archive.writestr(name, text)
    return path


def _parts(sheets: dict[str, Sequence[Sequence[Any]] | str]) -> dict[str, str]:
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        "</Relationships>",
    } | {f"xl/worksheets/sheet{n}.xml": _sheet(sheets[name]) for n, name in enumerate(sheets, 1)}


def _sheet(rows: Sequence[Sequence[Any]] | str) -> str:
    if not isinstance(rows, str):
        rows = "".join(
            f'<row r="{number}">{"".join(_cell(c, at, number) for at, c in enumerate(row))}</row>'
            for number, row in enumerate(rows, 1)
        )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _cell(value: Any, at: int, row: int) -> str:
    place = f'r="{chr(65 + at)}{row}"'
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"<c {place}><v>{value}</v></c>"
    return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'

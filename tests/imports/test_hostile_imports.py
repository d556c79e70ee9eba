"""Files made to harm, through the page: refused in a sentence, or shown and imported as text."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.imports.models import ImportStatus
from tests.datasets.imports.files import write_workbook
from tests.imports.imports import convert, examples_of, import_at, send_recognised, shown_text
from tests.imports.page_form import start_as_shown
from tests.imports.test_file_kinds import as_zip, name_of

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)


def encrypted_zip() -> bytes:
    """With the flag of a password on its part."""
    data = bytearray(as_zip({"a.csv": b"a,b\n1,2\n"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        data[data.index(mark) + (6 if mark[2] == 3 else 8)] |= 1
    return bytes(data)


def xml_bomb(tmp_path: Path) -> bytes:
    book = write_workbook(tmp_path / "b.xlsx", {"One": [["a"]]})
    stream = io.BytesIO()
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(stream, "w") as target:
        for info in source.infolist():
            is_sheet = info.filename.endswith("sheet1.xml")
            target.writestr(info.filename, LAUGHS if is_sheet else source.read(info))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (gzip.compress(bytes(30 << 20)), "z.csv.gz", "more than 300 times its size"),
        (as_zip({"z.csv": bytes(30 << 20)}), "z.zip", "more than 300 times its size"),
        (as_zip({"in.zip": as_zip({"a.csv": b"a,b\n1,2\n"})}), "z.zip", "archive inside of an"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "z.gz", "archive inside of an"),
        (encrypted_zip(), "z.zip", "protected by a password"),
        (as_zip({f"{n}.csv": b"a" for n in range(1_001)}), "z.zip", "more than 1000 parts"),
        (as_zip({}), "z.zip", "nothing to read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.xls", "older Excel file or one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "locked.xlsx", "with a password"),
    ],
    ids=name_of,
)
def test_it_is_refused_in_a_sentence(
    ed: TestClient, context: Context, db: Database, data: bytes, name: str, sentence: str
) -> None:
    path = send_recognised(ed, context, data, name)
    assert sentence in shown_text(ed.get(path).text)
    assert import_at(db, path).status is ImportStatus.REFUSED


def test_entities_are_not_multiplied(ed: TestClient, context: Context, tmp_path: Path) -> None:
    path = send_recognised(ed, context, xml_bomb(tmp_path), "laughs.xlsx")
    assert "haha" not in ed.get(path).text


def test_a_formula_is_its_value(ed: TestClient, context: Context, tmp_path: Path) -> None:
    """In a workbook; in a table it is the text that stands there."""
    cell = '<c r="{at}" t="str"><f>HYPERLINK("http://x.example")</f><v>{value}</v></c>'
    rows = "".join(
        f'<row r="{n}">{cell.format(at=f"A{n}", value=f"text {n}")}'
        f"{cell.format(at=f'B{n}', value=f'label {n % 2}')}</row>"
        for n in range(1, 4)
    )
    book = write_workbook(tmp_path / "b.xlsx", {"One": rows})
    path = send_recognised(ed, context, book.read_bytes(), "f.xlsx")
    page = shown_text(ed.get(path).text)
    assert ("text 2" in page, "HYPERLINK" in page) == (True, False)


def test_left_out_rows_are_no_formulas_in_a_spreadsheet(ed: TestClient, context: Context) -> None:
    cells = ["=cmd|'/C calc'!A0", "+1+1", "-1", "@SUM(1)", "\t=1", "plain"]
    rows = "".join(f'"{cell}",\n' for cell in cells)
    path = send_recognised(ed, context, f"text,=label\n{rows}fine,yes\n".encode(), "f.csv")
    start_as_shown(ed, path, user="{{ text }}", assistant='{{ "=label" }}')
    convert(context)
    answer = ed.get(f"{path}/left-out.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table[0] == ["row", "line", "reason", "message", "kept_row", "text", "'=label"]
    assert [row[5] for row in table[1:]] == [f"'{cell}" for cell in cells[:-1]] + ["plain"]
    kept = [json.loads(line)["source"]["text"] for line in ed.get(f"{path}/left-out").iter_lines()]
    assert kept == cells


def test_a_row_of_every_kind_is_in_the_table(ed: TestClient, context: Context) -> None:
    rows = b'{"q": "a", "a": ""}\n[1]\n{"q": "b", "a": "c"}\n{"q": ["x", 1], "extra": 5}\n'
    path = send_recognised(ed, context, rows, "mixed.ndjson")
    start_as_shown(ed, path, user="{{ q }}", assistant="{{ a }}")
    convert(context)
    table = list(
        csv.reader(io.StringIO(ed.get(f"{path}/left-out.csv").content.decode("utf-8-sig")))
    )
    assert table[0][5:] == ["q", "a", "source", "extra"]
    assert [row[5:] for row in table[1:]] == [
        ["a", "", "", ""],
        ["", "", "[1]", ""],
        ['["x",1]', "", "", "5"],
    ]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "C:\\x\\<script>alert(1)<!--.csv",
        "a\u202egpj.csv",
        "=1+1.csv",
        "%s%n.csv",
    ],
)
def test_names_are_text(ed: TestClient, context: Context, db: Database, name: str) -> None:
    path = send_recognised(ed, context, b"text,label\na,x\nb,y\nc,x\n", name)
    start_as_shown(ed, path)
    convert(context)
    assert "<script>alert" not in ed.get(path).text
    found = import_at(db, path)
    assert ("/" in found.filename, found.status) == (False, ImportStatus.DONE)
    assert set(ed.get(f"{path}/source").headers["content-disposition"]) & set("\r\n") == set()


def test_nul_bytes_are_no_harm(ed: TestClient, context: Context) -> None:
    rows = "".join(f"row {n} is long enough,label {n % 2}\n" for n in range(40))
    data = f"text,label\nwith a nul \x00 in it,label 1\n{rows}".encode()
    path = send_recognised(ed, context, data, "nul.csv")
    start_as_shown(ed, path)
    convert(context)
    examples = examples_of(context, path)[0]
    assert (len(examples), "nul \x00 in" in examples[0]["messages"][0]["content"]) == (41, True)


def huge_cell(size: int) -> Iterator[bytes]:
    yield b"text,label\ngood,x\n"
    yield b'"'
    block = b"lorem ipsum " * 8_192
    for _ in range(size // len(block)):
        yield block
    yield b'",y\nbad,y\n'


def test_a_cell_that_is_too_long_is_one_row_left_out(ed: TestClient, context: Context) -> None:
    path = send_recognised(ed, context, b"".join(huge_cell(9 << 20)), "huge.csv")
    start_as_shown(ed, path)
    convert(context)
    assert "The row is longer than is read." in shown_text(ed.get(path).text)
    texts = [row["messages"][0]["content"] for row in examples_of(context, path)[0]]
    assert texts == ["good", "bad"]

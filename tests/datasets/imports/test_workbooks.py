"""XLSX: sheets, a header below a preamble, formulas, and workbooks made to harm."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import DomainError
from app.datasets.imports.kinds import SourceKind
from app.datasets.imports.options import Limits
from app.datasets.imports.workbooks import open_sheet
from tests.datasets.imports.files import read_rows, read_values, recognise, write_workbook

TABLE: list[list[Any]] = [["review", "star"], ["Good app", 5], ["별로예요", 1]]


def test_a_workbook_is_read(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "reviews.xlsx", {"Data": TABLE})
    found = recognise(path)
    assert (found.kind, found.sheet, found.header_row) == (SourceKind.WORKBOOK, "Data", 1)
    assert read_values(path) == [
        {"review": "Good app", "star": 5.0},
        {"review": "별로예요", "star": 1.0},
    ]


def test_a_preamble_is_passed_over(tmp_path: Path) -> None:
    sheet = [["Reviews of November"], [], ["made by", "the team"], [], ["id", *TABLE[0]]]
    rows = [*sheet, *([number, *row] for number, row in enumerate(TABLE[1:]))]
    path = write_workbook(tmp_path / "reviews.xlsx", {"Data": rows})
    found = recognise(path)
    assert (found.header_row, found.column_names) == (5, ("id", "review", "star"))
    assert [row.line for row in read_rows(path)] == [6, 7]


def test_sheet_and_header_can_be_chosen(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "r.xlsx", {"First": TABLE, "둘째": [["a", "b"], ["x", "y"]]})
    found = recognise(path, sheet="둘째", header_row=0)
    assert found.sheets == ("First", "둘째")
    assert found.column_names == ("column 1", "column 2")
    with pytest.raises(DomainError, match="no sheet"):
        recognise(path, sheet="Third")


def test_formulas_are_values(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><v>review</v></c><c r="B1" t="str"><v>star</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://x")</f><v>fine</v></c>'
        '<c r="B2"><f>2+3</f><v>5</v></c></row>'
    )
    path = write_workbook(tmp_path / "r.xlsx", {"Data": rows})
    assert read_values(path) == [{"review": "fine", "star": 5.0}]


def test_a_cell_far_away_does_not_take_the_server_down(tmp_path: Path) -> None:
    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row>{last}'
    path = write_workbook(tmp_path / "r.xlsx", {"Data": rows})
    with pytest.raises(DomainError, match="memory"):
        read_rows(path)


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c></row>" * 2_000_000
    path = write_workbook(tmp_path / "r.xlsx", {"Data": rows})
    small = Limits(unpacked_bytes=1 << 20)
    with pytest.raises(DomainError, match="larger than"), open_sheet(path, None, small):
        pass


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "r.xlsx", {"Data": TABLE})
    evil = tmp_path / "evil.xlsx"
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE x [<!ENTITY a0 "boom">{entities}]>'
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if "sheet1" in name:
                text = head + text.replace("Good app", "&a11;")
            target.writestr(name, text)
    try:
        shown = str(read_rows(evil))
    except DomainError as error:
        shown = error.message
    assert len(shown) < 1_000


@pytest.mark.parametrize("damage", [b"", b"<worksheet", b"\x00\xff" * 50])
def test_a_damaged_workbook_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = write_workbook(tmp_path / "r.xlsx", {"Data": TABLE})
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            target.writestr(name, damage if name == "xl/workbook.xml" else source.read(name))
    with pytest.raises(DomainError):
        read_rows(broken)


def test_old_and_protected_workbooks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    with pytest.raises(DomainError, match="older Excel"):
        recognise(path)

"""CSV and its like: every encoding and separator, quotes, headers, rows that do not fit."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.datasets.imports.kinds import Confidence, Shape, SourceKind
from tests.datasets.imports.files import REVIEWS, read_rows, read_values, recognise

KOREAN = "리뷰,별점\n정말 좋은 앱이에요,5\n로그인이 안 돼요 “또”,1\n업데이트 뒤로 느려졌어요,2\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949", "euc-kr"]
)
def test_korean_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "reviews.csv"
    text = KOREAN.replace("“또”", "또")
    path.write_bytes(text.encode(encoding))
    values = read_values(path)
    assert values[0] == {"리뷰": "정말 좋은 앱이에요", "별점": "5"}
    assert len(values) == 3


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_western_text_is_not_taken_for_korean(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "reviews.csv"
    text = "review,star\nCafé très agréable,5\nÜber alles größer,1\nit's señor,3\n"
    path.write_bytes(text.encode(encoding))
    found = recognise(path)
    assert found.confidence is Confidence.GUESS
    assert read_values(path)[1]["review"] == "Über alles größer"


def test_curly_quotation_marks_are_not_taken_for_korean(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes("review,star\nit’s good,5\nthat’s “bad”,1\n".encode("cp1252"))
    assert read_values(path)[0]["review"] == "it’s good"


def test_late_bytes_decide_about_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    text = "review,star\n" + "plain words here,5\n" * 100_000 + "마지막 줄은 한국어입니다,1\n"
    path.write_bytes(text.encode("cp949"))
    assert recognise(path).encoding == ("cp949", Confidence.LIKELY, False, False)


def test_rows_with_damaged_letters_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    good = "정말 좋은 앱이에요,5\n" * 50
    path.write_bytes(b"review,star\n" + good.encode() + "깨진 글자".encode()[:-1] + b",1\n")
    rows = read_rows(path)
    assert [row.reason.id for row in rows if row.reason] == ["damaged_text"]
    assert rows[-1].line == 52


def test_the_encoding_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes("a,b\nщит,1\nмеч,2\n".encode("cp1251"))
    assert read_values(path, encoding="cp1251")[0]["a"] == "щит"
    for unknown in ("klingon", "zlib", "idna\x00"):
        with pytest.raises(Invalid):
            read_values(path, encoding=unknown)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "reviews.csv"
    rows = [("id", "text", "label"), (1, 'a, b; c | "d"\te', "x"), (2, "line\nend", "y")]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)
    found = recognise(path)
    assert (found.kind, found.separator) == (SourceKind.DELIMITED, separator)
    assert read_values(path)[0]["text"] == 'a, b; c | "d"\te'
    assert [row.line for row in read_rows(path)] == [2, 3]


def test_excel_says_the_separator_itself(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("sep=;\ntext;label\na,b,c;x\nd,e,f;y\n")
    assert read_values(path) == [
        {"text": "a,b,c", "label": "x"},
        {"text": "d,e,f", "label": "y"},
    ]


def test_empty_columns_are_left_away_and_what_spills_over_is_told(tmp_path: Path) -> None:
    path = tmp_path / "spam.csv"
    path.write_text("v1,v2,,,\nham,hello,,,\nspam,win,,,\nham,cut, here,,\n")
    found = recognise(path)
    assert found.column_names == ("v1", "v2")
    assert found.shape is Shape.COLUMNS
    assert [row.reason.id for row in read_rows(path) if row.reason] == ["too_many_cells"]


def test_a_column_without_name_that_is_filled_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(",review,review\n0,good,a\n1,bad,b\n")
    assert recognise(path).column_names == ("column 1", "review", "review (2)")


def test_short_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("review,star\ngood\n\nbad,1,\n")
    rows = read_rows(path)
    assert [row.values for row in rows] == [
        {"review": "good", "star": ""}, None, {"review": "bad", "star": "1"}
    ]  # fmt: skip
    assert rows[1].reason is not None
    assert not rows[1].reason.is_problem


def test_a_table_without_header(tmp_path: Path) -> None:
    path = tmp_path / "spam.csv"
    path.write_text("ham,hello there\nspam,win now\nham,see you\n")
    found = recognise(path)
    assert found.header_row == 0
    assert found.column_names == ("column 1", "column 2")
    assert recognise(path, header_row=1).column_names == ("ham", "hello there")


def test_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("Export of reviews\nmade today\n\nid,review,star\n1,good,5\n2,bad,1\n")
    found = recognise(path)
    assert found.column_names == ("id", "review", "star")
    assert [row.line for row in read_rows(path)] == [5, 6]


def test_a_quote_that_never_closes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text('review,star\n"good",5\n"fine",4\n"bad",1\n"never closed,1\nmore,2\n')
    rows = read_rows(path)
    assert rows[-1].reason is not None
    assert rows[-1].reason.id == "unclosed_quote"
    assert rows[-1].line == 5
    assert rows[0].values == {"review": "good", "star": "5"}


def test_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text('review,star\n"' + "word\n" * 2_000_000)
    with pytest.raises(Invalid, match="too long"):
        read_rows(path)


def test_a_line_without_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("review,star\n" + "x" * (9 << 20) + ",1\ngood,5\n")
    rows = read_rows(path, separator=",")
    assert rows[0].reason is not None
    assert rows[1].values == {"review": "good", "star": "5"}


def test_a_table_that_knows_no_quotes(tmp_path: Path) -> None:
    path = tmp_path / "ratings.txt"
    path.write_text('id\tdocument\tlabel\n1\t"재밌다 정말\t1\n2\t별로\t0\n3\t"최고"\t1\n', "utf-8")
    found = recognise(path)
    assert not found.has_quotes
    assert [row["document"] for row in read_values(path)] == ['"재밌다 정말', "별로", '"최고"']
    assert len(read_rows(path, has_quotes=True)) == 1


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(("a," * 3_000 + "b\n") * 3)
    with pytest.raises(Invalid, match="columns"):
        recognise(path)


def test_names_are_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(REVIEWS.replace("review,", '"=cmd|calc\n<script>",'))
    assert recognise(path).column_names[0] == "=cmd|calc <script>"


cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), min_size=2, max_size=8), st.sampled_from(",;\t|"))
def test_any_table_comes_back(
    tmp_path: Path, table: list[tuple[str, str, str]], separator: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([("alpha", "beta", "gamma"), *table])
    path = tmp_path / "table.csv"
    path.write_bytes(text.getvalue().encode())
    values = read_values(path, separator=separator, header_row=1, encoding="utf-8")
    assert [tuple(row.values()) for row in values] == table

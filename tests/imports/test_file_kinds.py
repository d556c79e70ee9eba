"""Files of every kind through the page: recognised, said, imported as suggested or corrected."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from tests.datasets.imports.files import write_workbook
from tests.imports.imports import (
    convert,
    examples_of,
    import_at,
    recognise,
    send_recognised,
    shown_text,
)
from tests.imports.page_form import read_form, start_as_shown
from tests.imports.test_start_import import SQUAD


def table(separator: str) -> str:
    """A cell has a comma, a line end and quotation marks in it."""
    rows = [("리뷰", "별점"), ('"좋아요,\n정말 ""최고"""', "5"), ("별로예요", "1"), ("보통", "3")]
    return "".join(f"{separator.join(row)}\n" for row in rows)


TABLE = table(",")
CHAT = [
    {"role": "user", "content": "좋아요,\n정말 \"최고\""},
    {"role": "assistant", "content": "5"},
]  # fmt: skip
TOOL_TALK = {
    "conversations": [
        {"from": "human", "value": "서울 날씨?"},
        {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "서울"}}'},
        {"from": "observation", "value": "맑음"},
        {"from": "gpt", "value": "맑습니다."},
    ],
    "tools": '[{"name": "weather", "parameters": {"type": "object", "properties": {}}}]',
}


def as_zip(names: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return stream.getvalue()


def name_of(value: object) -> str:
    """For the names of tests, which must not hold packed bytes: those have a time in them."""
    return value if isinstance(value, str) else type(value).__name__


def import_as_shown(
    client: TestClient, context: Context, data: bytes, name: str, **changes: str
) -> tuple[str, list[dict[str, Any]]]:
    """What the page said of the file, and the examples."""
    path = send_recognised(client, context, data, name)
    said = shown_text(client.get(path).text)
    start_as_shown(client, path, **changes)
    convert(context)
    return said, examples_of(context, path)[0]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (TABLE.encode(), "r.csv", "The text is in UTF-8."),
        (TABLE.encode("utf-8-sig"), "r.csv", "The text is in UTF-8."),
        (TABLE.encode("utf-16"), "r.csv", "The text is in UTF-16."),
        (TABLE.encode("utf-16-le"), "r.txt", "The text is in UTF-16-LE."),
        (TABLE.encode("cp949"), "r.csv", "The text is in CP949."),
        (table("\t").encode(), "r.tsv", "Tabs separate the cells."),
        (f"sep=;\n{table(';')}".encode(), "r.csv", "“;” separates the cells."),
        (table("|").encode("utf-16"), "r.txt", "“|” separates the cells."),
        (gzip.compress(TABLE.encode()), "r.csv.gz", "The first row is the header."),
        (as_zip({"readme.md": b"no", "data/r.csv": TABLE.encode("cp949")}), "r.zip",
         "Of 2 parts of the archive, “data/r.csv” is read."),
    ],
    ids=name_of,
)  # fmt: skip
def test_tables_in_any_writing(
    ed: TestClient, context: Context, data: bytes, name: str, said: str
) -> None:
    page, rows = import_as_shown(ed, context, data, name)
    assert (said in page, len(rows), rows[0]) == (True, 3, {"messages": CHAT})


def test_western_letters(ed: TestClient, context: Context) -> None:
    data = "text;label\ncafé à la crème;good\nà côté;bad\ncrème;good\n".encode("latin-1")
    page, rows = import_as_shown(ed, context, data, "r.csv")
    assert "The encoding is a guess; look whether all letters are right." in page
    assert rows[0]["messages"][0]["content"] == "café à la crème"


@pytest.mark.parametrize(
    ("data", "shape", "first"),
    [
        ([{"messages": CHAT}], "JSON · Chat", {"messages": CHAT}),
        ({"data": [{"prompt": "a ->", "completion": " b"}]}, "JSON · Prompt and completion",
         {"prompt": "a ->", "completion": " b"}),
        ([{"instruction": "번역", "input": "cat", "output": "고양이"}], "Instructions (Alpaca)",
         {"messages": [{"role": "user", "content": "번역\ncat"},
                       {"role": "assistant", "content": "고양이"}]}),
        ([{"prompt": "안녕", "chosen": "안녕하세요", "rejected": "뭐"}],
         "Chosen and rejected answers",
         {"input": {"messages": [{"role": "user", "content": "안녕"}]},
          "preferred_output": [{"role": "assistant", "content": "안녕하세요"}],
          "non_preferred_output": [{"role": "assistant", "content": "뭐"}]}),
        ([{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}],
         "Conversations (ShareGPT)",
         {"messages": [{"role": "user", "content": "a"},
                       {"role": "assistant", "content": "b"}]}),
    ],
)  # fmt: skip
def test_documents_of_known_shapes(
    ed: TestClient, context: Context, data: Any, shape: str, first: dict[str, Any]
) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=2).encode()
    page, rows = import_as_shown(ed, context, text, "rows.json")
    assert (shape in page, "needs no mapping" in page, rows) == (True, True, [first])


def test_conversations_with_tools(ed: TestClient, context: Context) -> None:
    data = json.dumps([TOOL_TALK], ensure_ascii=False).encode()
    _page, [row] = import_as_shown(ed, context, data, "talk.json")
    roles = [message["role"] for message in row["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    call = row["messages"][1]["tool_calls"][0]
    assert (call["function"]["name"], row["messages"][2]["tool_call_id"]) == ("weather", call["id"])
    assert row["tools"][0]["function"]["name"] == "weather"


def test_questions_with_their_text(ed: TestClient, context: Context) -> None:
    """One click on the page; duplicates by question as before."""
    data = json.dumps(SQUAD, ensure_ascii=False).encode()
    path = send_recognised(ed, context, data, "KorQuAD.json")
    assert "?suggest=context" in ed.get(path).text
    fields = read_form(ed.get(f"{path}?suggest=context").text)
    ed.post(f"{path}/start", data=fields)
    convert(context)
    asked = [row["messages"][0]["content"] for row in examples_of(context, path)[0]]
    text = "세종대왕은 1443년에 훈민정음을 창제했다."
    assert asked == [f"{text}\n\n언제 창제했나?", f"{text}\n\n무엇을 창제했나?"]


def test_pairs_in_plain_text(ed: TestClient, context: Context) -> None:
    text = "Q: 하나 더하기 하나는?\nA: 둘\n\nQ: 답이 없는 것\n\nQ: 둘 더하기 둘은?\nA: 넷\n입니다\n"
    page, rows = import_as_shown(ed, context, text.encode(), "pairs.txt")
    assert "Plain text" in page
    assert [row["messages"][-1]["content"] for row in rows] == ["둘", "넷\n입니다"]


@pytest.mark.slow
def test_a_parquet_table(ed: TestClient, context: Context, tmp_path: Path) -> None:
    query = "SELECT * FROM (VALUES ('좋아요', 5), ('별로', 1)) AS t(review, star)"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{tmp_path}/r.parquet' (FORMAT parquet)")
    data = (tmp_path / "r.parquet").read_bytes()
    page, rows = import_as_shown(ed, context, data, "r.parquet")
    assert ("It is a Parquet table." in page, len(rows)) == (True, 2)
    assert rows[1]["messages"][1]["content"] == "1"


def workbook(tmp_path: Path) -> bytes:
    """A title above the table, and a second sheet with no header."""
    titled = [["Reviews of May"], [], ["review", "star"], ["good", 5], ["bad", 1]]
    sheets: dict[str, Any] = {"May": titled, "June": [["fine", 4], ["awful", 2]]}
    book = write_workbook(tmp_path / "b.xlsx", sheets)
    return book.read_bytes()


def test_a_workbook_its_sheet_and_its_header(
    ed: TestClient, context: Context, db: Database, tmp_path: Path
) -> None:
    path = send_recognised(ed, context, workbook(tmp_path), "book.xlsx")
    said = shown_text(ed.get(path).text)
    assert "Row 3 is the header; what stands above is not read." in said
    assert "Of 2 sheets, “May” is read." in said
    ed.post(f"{path}/recognise", data={"sheet": "June", "header_row": "0"})
    recognise(context)
    assert "“June” is read." in shown_text(ed.get(path).text)
    start_as_shown(ed, path, user="{{ column 1 }}", assistant="{{ column 2 }}")
    convert(context)
    texts = [row["messages"][0]["content"] for row in examples_of(context, path)[0]]
    assert (texts, import_at(db, path).row_count) == (["fine", "awful"], 2)


@pytest.mark.parametrize(
    ("data", "name", "options", "said"),
    [
        ("좋아요|5\n별로|1\n".encode(), "r.csv", {"header_row": "1"}, "The first row is the"),
        (b"a;b,c;d\n1;2,3;4\n", "r.csv", {"separator": ","}, "“,” separates the cells."),
        ("글,표\n한글,1\n".encode("euc-kr"), "r.csv", {"encoding": "latin-1"}, "is in LATIN-1."),
        (b"what\nthis\nwhy\nthat\n", "r.txt", {"text_layout": "alternating"}, "2 columns"),
        (b'a\tb\n"x\t1\n', "r.tsv", {"has_quotes": "false"}, "Quotation marks are letters"),
        (b'[{"prompt": "a", "completion": "b"}]', "r.json", {"shape": "columns"}, "JSON · Columns"),
        (b'{"a": 1}\n{"a": 2}\n', "r.txt", {"kind": "text"}, "It is plain text."),
        (as_zip({"a.csv": b"a,b\n1,2\n", "b.csv": b"c,d\n3,4\n"}), "z.zip", {"member": "b.csv"},
         "“b.csv” is read."),
    ],
    ids=name_of,
)  # fmt: skip
def test_a_wrong_guess_is_corrected(
    ed: TestClient, context: Context, data: bytes, name: str, options: dict[str, str], said: str
) -> None:
    path = send_recognised(ed, context, data, name)
    assert said not in shown_text(ed.get(path).text)
    assert ed.post(f"{path}/recognise", data=options).status_code == 303
    recognise(context)
    assert said in shown_text(ed.get(path).text)


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_text_cannot_be_a_workbook(ed: TestClient, context: Context, kind: str) -> None:
    path = send_recognised(ed, context, b"a,b\n1,2\n", "x.csv")
    ed.post(f"{path}/recognise", data={"kind": kind})
    recognise(context)
    assert "It cannot be read as" in ed.get(path).text

"""Sending a file of any kind."""

from pathlib import Path

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion, VersionSource
from app.imports.models import ImportStatus
from tests.conftest import ClientFor
from tests.datasets.imports.files import write_workbook
from tests.datasets.uploads import files_in, reviews, upload, version_at
from tests.imports.imports import (
    REVIEWS,
    count_imports,
    import_at,
    recognise,
    send,
    send_recognised,
    shown_text,
)


def test_it_keeps_the_bytes_as_sent_and_waits(
    ed: TestClient, context: Context, db: Database
) -> None:
    answer = send(ed)
    found = import_at(db, answer.headers["location"])
    assert (answer.status_code, found.status) == (303, ImportStatus.RECEIVED)
    assert context.storage.path(found.sha256).read_bytes() == REVIEWS.encode("cp949")
    assert "Looking at the file" in ed.get(answer.headers["location"]).text
    assert "리뷰.csv" in ed.get("/imports").text
    source = ed.get(f"{answer.headers['location']}/source")
    assert source.content == REVIEWS.encode("cp949")


def test_it_says_what_the_file_is(ed: TestClient, context: Context, db: Database) -> None:
    path = send_recognised(ed, context)
    text = shown_text(ed.get(path).text)
    assert "“;” separates the cells." in text
    assert "The text is in CP949." in text
    assert "The first row is the header." in text
    assert ("3 columns" in text, "3 rows" in text, "자꾸 꺼집니다" in text) == (True, True, True)
    assert import_at(db, path).row_count == 3


def test_the_progress_ends_by_itself(ed: TestClient, context: Context) -> None:
    path = send(ed).headers["location"]
    assert "hx-refresh" not in ed.get(f"{path}/progress").headers
    recognise(context)
    assert ed.get(f"{path}/progress").headers["hx-refresh"] == "true"
    assert "hx-trigger" not in ed.get(f"{path}/count").text


@pytest.mark.parametrize("filename", ["reviews.jsonl", "REVIEWS.JSONL"])
def test_json_lines_of_examples_become_a_version_at_once(
    ed: TestClient, db: Database, filename: str
) -> None:
    answer = send(ed, reviews(), filename, name="Ready")
    assert version_at(db, answer.headers["location"]).source is VersionSource.UPLOAD
    assert count_imports(db) == 0


@pytest.mark.parametrize("data", [b"{oops\n", b"not json\n"])
def test_what_is_broken_json_lines_gets_a_report(ed: TestClient, db: Database, data: bytes) -> None:
    answer = send(ed, data, "broken.jsonl", name="Broken")
    assert version_at(db, answer.headers["location"]).number == 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"instruction": "Say hi", "input": "", "output": "hi"}\n',
        b'{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}\n',
        b'{"text": "good", "label": "pos"}\n',
        b'[{"prompt": "a", "completion": "b"}]\n',
    ],
)
def test_other_json_lines_are_imported(ed: TestClient, db: Database, data: bytes) -> None:
    answer = send(ed, data, "other.jsonl")
    assert answer.headers["location"].startswith("/imports/")
    assert count_imports(db) == 1


def test_a_workbook_offers_its_sheets(ed: TestClient, context: Context, tmp_path: Path) -> None:
    rows = [["title", "label"], ["Good", "pos"], ["Bad", "neg"]]
    book = write_workbook(tmp_path / "b.xlsx", {"First": rows, "<b>Second": rows})
    path = send_recognised(ed, context, book.read_bytes(), "book.xlsx")
    page = ed.get(path).text
    assert ("Excel workbook" in page, "&lt;b&gt;Second" in page) == (True, True)
    assert "<b>Second" not in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.4 ....", "neither text nor a table"),
        (b"PK\x03\x04broken", "damaged"),
        (b"   \n\n", "There is nothing in it"),
        (b"\x1f\x8b\x08broken", "damaged"),
    ],
)
def test_what_cannot_be_read_is_said(
    ed: TestClient, context: Context, db: Database, data: bytes, sentence: str
) -> None:
    path = send_recognised(ed, context, data, "odd.bin")
    page = ed.get(path).text
    assert import_at(db, path).status is ImportStatus.REFUSED
    assert (sentence in page, "It could not be read." in page) == (True, True)
    assert ed.post(f"{path}/start", data={"target": "chat"}).status_code == 409


def test_hostile_names_and_cells_are_text(ed: TestClient, context: Context) -> None:
    table = (
        '"<script>alert(1)</script>","{{ 7 * 7 }}","a""b|c}}","%(count)s {name}"\n'
        '"<img src=x onerror=alert(1)>","=1+1","{% raw %}","</textarea><script>"\n'
    )
    path = send_recognised(ed, context, table.encode(), "'><script>alert(1)<.csv")
    page = ed.get(path).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "</textarea><script>" not in page
    assert ("{{ 7 * 7 }}" in page, "%(count)s {name}" in page) == (True, True)


def test_many_columns_stay_readable(ed: TestClient, context: Context) -> None:
    header = ",".join(f"c{number}" for number in range(300))
    path = send_recognised(ed, context, f"{header}\n{'x,' * 299}x\n".encode(), "wide.csv")
    assert "260 more columns" in ed.get(path).text


def test_the_next_version_of_a_dataset(ed: TestClient, db: Database) -> None:
    first = version_at(db, upload(ed, name="Reviews").headers["location"])
    answer = send(ed, dataset_id=str(first.dataset_id))
    assert import_at(db, answer.headers["location"]).dataset_id == first.dataset_id
    ready = send(ed, reviews(20), "more.jsonl", dataset_id=str(first.dataset_id))
    assert version_at(db, ready.headers["location"]).number == 2


def test_sent_twice_it_is_there_once(ed: TestClient, db: Database) -> None:
    assert send(ed).headers["location"] == send(ed).headers["location"]
    assert count_imports(db) == 1


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database) -> None:
    send(ed)
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_CREATED)
        assert [entry.actor_name for entry in session.exec(query)] == ["Ed"]


@pytest.mark.parametrize(
    ("fields", "data", "sentence"),
    [
        ({"name": "Reviews"}, REVIEWS.encode(), "There is a dataset of this name already."),
        ({}, b"", "is empty."),
        ({"name": "x" * 121}, REVIEWS.encode(), "Type at most 120 characters."),
    ],
)
def test_it_refuses_what_cannot_come_in(
    ed: TestClient, context: Context, fields: dict[str, str], data: bytes, sentence: str
) -> None:
    upload(ed, name="Reviews")
    before = files_in(context)
    answer = send(ed, data, **fields)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert files_in(context) == before


def test_it_refuses_a_dataset_that_is_not_there(ed: TestClient, db: Database) -> None:
    assert send(ed, dataset_id="77").status_code == 404
    assert count_imports(db) == 0


def test_a_form_without_a_file_is_sent_back(ed: TestClient) -> None:
    answer = ed.post("/imports", files={"name": (None, "Reviews")})
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


@pytest.mark.parametrize(("person", "status"), [("Vi", 403), (None, 303)])
def test_it_refuses_others(
    client_for: ClientFor, db: Database, person: str | None, status: int
) -> None:
    assert send(client_for(person)).status_code == status
    assert count_imports(db) == 0
    with db.read() as session:
        assert session.exec(select(DatasetVersion)).all() == []

"""Uploading a new dataset."""

import hashlib
from collections.abc import Iterator

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.config import Settings
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import Dataset, DatasetVersion, VersionStatus
from tests.datasets.uploads import files_in, reviews, upload, version_at


def test_it_stores_the_bytes_and_waits_for_the_check(
    ed: TestClient, context: Context, db: Database
) -> None:
    answer = upload(ed, name="앱 리뷰")
    version = version_at(db, answer.headers["location"])
    assert answer.status_code == 303
    assert version.status is VersionStatus.UPLOADED
    assert version.sha256 == hashlib.sha256(reviews()).hexdigest()
    assert context.storage.path(version.sha256).read_bytes() == reviews()
    assert "앱 리뷰" in ed.get("/datasets").text
    assert "Waiting for the check" in ed.get(answer.headers["location"]).text


def test_it_is_called_like_the_file_without_a_name(ed: TestClient) -> None:
    upload(ed, filename="support tickets.v2.jsonl")
    assert "support tickets.v2" in ed.get("/datasets").text


def test_it_leaves_audit_entries(ed: TestClient, db: Database) -> None:
    upload(ed, name="Reviews")
    with db.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.actor_name == "Ed")).all()
    actions = [entry.action for entry in entries]
    assert AuditAction.DATASET_CREATED in actions
    assert AuditAction.VERSION_UPLOADED in actions


def test_sent_twice_it_is_there_once(ed: TestClient, db: Database) -> None:
    first, second = upload(ed, name="Reviews"), upload(ed, name="Reviews")
    with db.read() as session:
        assert len(session.exec(select(DatasetVersion)).all()) == 1
    assert first.headers["location"] == second.headers["location"]


def test_it_refuses_a_name_that_is_taken(ed: TestClient, context: Context) -> None:
    upload(ed, name="Reviews")
    before = files_in(context)
    answer = upload(ed, reviews(20), name="Reviews")
    assert answer.status_code == 422
    assert "There is a dataset of this name already." in answer.text
    assert files_in(context) == before


@pytest.mark.parametrize(
    ("filename", "data", "sentence"),
    [
        ("reviews.csv", b"a,b\n", "is not a .jsonl file."),
        ("reviews.jsonl.exe", b"{}\n", "is not a .jsonl file."),
    ],
)
def test_it_refuses_what_is_no_dataset(
    ed: TestClient, context: Context, filename: str, data: bytes, sentence: str
) -> None:
    before = files_in(context)
    answer = upload(ed, data, filename)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert files_in(context) == before


def test_it_refuses_an_empty_file(ed: TestClient) -> None:
    files = {"file": ("reviews.jsonl", b"", "application/octet-stream")}
    assert "“reviews.jsonl” is empty." in ed.post("/datasets", files=files).text


def test_it_refuses_a_form_without_a_file(ed: TestClient) -> None:
    answer = ed.post("/datasets", files={"name": (None, "Reviews")})
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


def test_it_refuses_another_kind_of_form(ed: TestClient) -> None:
    assert ed.post("/datasets", data={"name": "Reviews"}).status_code == 422


@pytest.mark.parametrize("person", ["Vi", None])
def test_it_refuses_others(
    client_for: object, context: Context, db: Database, person: str | None
) -> None:
    client = client_for(person)  # type: ignore[operator]
    answer = upload(client)
    with db.read() as session:
        assert session.exec(select(Dataset)).all() == []
    assert answer.status_code == (403 if person else 303)
    assert [path for path in files_in(context) if "incoming" in str(path)] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jsonl", "passwd.jsonl"),
        ("C:\\Users\\김\\리뷰.jsonl", "리뷰.jsonl"),
        ("/etc/cron.d/x.jsonl", "x.jsonl"),
        ("a\u202elnosj.jsonl", "alnosj.jsonl"),
        ("'><script>alert(1)<.jsonl", "'><script>alert(1)<.jsonl"),
        ("x" * 400 + ".jsonl", "x" * 249 + ".jsonl"),
    ],
)
def test_a_name_is_text_and_never_a_path(
    ed: TestClient, db: Database, context: Context, sent: str, kept: str
) -> None:
    answer = upload(ed, filename=sent, name="Hostile")
    version = version_at(db, answer.headers["location"])
    page = ed.get(answer.headers["location"]).text
    assert version.filename == kept
    assert "<script>alert" not in page
    assert {path.parent.parent for path in files_in(context)} == {context.storage.root}


def test_a_file_above_the_limit_leaves_nothing(
    ed: TestClient, context: Context, settings: Settings
) -> None:
    settings.upload_limit_bytes = 2_000
    context.settings.upload_limit_bytes = 2_000
    before = files_in(context)
    answer = upload(ed, reviews(200))
    assert answer.status_code == 413
    assert "larger than the limit" in answer.text
    assert files_in(context) == before


def multipart(data: bytes, boundary: str, *, is_cut: bool) -> Iterator[bytes]:
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    ).encode()
    yield data
    if not is_cut:
        yield f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize(("is_cut", "status"), [(False, 303), (True, 400)])
def test_a_cut_upload_leaves_nothing_behind(
    ed: TestClient, context: Context, db: Database, is_cut: bool, status: int
) -> None:
    before = len(files_in(context))
    answer = ed.post(
        "/datasets",
        content=multipart(reviews(5_000), "cut", is_cut=is_cut),
        headers={"content-type": "multipart/form-data; boundary=cut"},
    )
    with db.read() as session:
        versions = session.exec(select(DatasetVersion)).all()
    assert (answer.status_code, len(versions)) == (status, 0 if is_cut else 1)
    assert len(files_in(context)) == before + len(versions)

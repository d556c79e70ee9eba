"""The bytes as they were sent."""

from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from tests.datasets.uploads import reviews, upload, version_at


def test_it_gives_the_bytes_to_every_reader(ed: TestClient, vi: TestClient) -> None:
    path = upload(ed, b"\xef\xbb\xbf" + reviews()).headers["location"]
    assert vi.get(f"{path}/download").content == b"\xef\xbb\xbf" + reviews()


def test_the_name_cannot_break_out_of_its_header(ed: TestClient) -> None:
    path = upload(ed, filename='리뷰"; evil=1.jsonl', name="x").headers["location"]
    header = ed.get(f"{path}/download").headers["content-disposition"]
    assert header.startswith("attachment; filename*=utf-8''")
    assert "evil=1" not in header


def test_bytes_that_are_gone_are_a_sentence(ed: TestClient, context: Context, db: Database) -> None:
    path = upload(ed).headers["location"]
    context.storage.delete(version_at(db, path).sha256)
    answer = ed.get(f"{path}/download")
    assert answer.status_code == 404
    assert "gone from the storage" in answer.text


def test_it_refuses_nobody(anonymous: TestClient, ed: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert anonymous.get(f"{path}/download").headers["location"] == "/login"

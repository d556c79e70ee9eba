"""Renaming a dataset."""

from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.db import Database
from tests.datasets.uploads import reviews, upload


def dataset_of(client: TestClient, name: str = "Reviews", data: bytes = b"") -> str:
    return str(upload(client, data, name=name).headers["location"]).removesuffix("/versions/1")


def test_it_renames_and_says_so(ed: TestClient, db: Database) -> None:
    path = dataset_of(ed)
    answer = ed.post(f"{path}/rename", data={"name": "  별점 리뷰 "})
    assert answer.headers["location"] == path
    assert "별점 리뷰" in ed.get(path).text
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.DATASET_RENAMED)
        assert session.exec(query).one().detail == {"from": "Reviews", "to": "별점 리뷰"}


def test_it_refuses_a_name_that_is_taken(ed: TestClient) -> None:
    path = dataset_of(ed)
    dataset_of(ed, "Tickets", reviews(20))
    answer = ed.post(f"{path}/rename", data={"name": "Tickets"})
    assert answer.status_code == 422
    assert "There is a dataset of this name already." in answer.text
    assert "<title>Reviews" in ed.get(path).text


def test_it_refuses_an_empty_name(ed: TestClient) -> None:
    path = dataset_of(ed)
    assert ed.post(f"{path}/rename", data={"name": " "}).status_code == 422


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient) -> None:
    path = dataset_of(ed)
    assert vi.post(f"{path}/rename", data={"name": "Mine"}).status_code == 403
    assert "Rename" not in vi.get(path).text

"""A saved mapping that is not offered any more."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from tests.imports.imports import START, convert, examples_of, send_recognised

PAGE = "/imports/mappings"


@pytest.fixture(autouse=True)
def path(ed: TestClient, context: Context) -> str:
    path = send_recognised(ed, context)
    ed.post(f"{path}/start", data=START)
    convert(context)
    return path


def test_it_is_offered_no_more(ed: TestClient, context: Context, path: str) -> None:
    answer = ed.post(f"{PAGE}/1/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert "No mapping was saved yet" in ed.get(PAGE).text
    again = send_recognised(ed, context, "제목;내용;별점\na;b;1\n".encode(), "again.csv")
    assert "Mapped before" not in ed.get(again).text
    assert len(examples_of(context, path)[0]) == 3


def test_it_refuses_one_that_is_not_there(ed: TestClient) -> None:
    ed.post(f"{PAGE}/1/delete")
    assert ed.post(f"{PAGE}/1/delete").status_code == 404


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database) -> None:
    ed.post(f"{PAGE}/1/delete")
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.MAPPING_DELETED)
        assert session.exec(query).one().detail == {"name": "리뷰"}


def test_it_refuses_a_viewer(vi: TestClient) -> None:
    assert vi.post(f"{PAGE}/1/delete").status_code == 403
    page = vi.get(PAGE).text
    assert ("리뷰" in page, "delete-1" in page) == (True, False)

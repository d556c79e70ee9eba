"""Discarding an import and its bytes."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from tests.datasets.uploads import files_in
from tests.imports.imports import START, convert, count_imports, recognise, send, send_recognised


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def test_it_removes_the_row_and_the_bytes(ed: TestClient, context: Context, db: Database) -> None:
    before = files_in(context)
    path = send_recognised(ed, context)
    answer = ed.post(f"{path}/discard")
    assert (answer.status_code, answer.headers["location"]) == (303, "/imports")
    assert (files_in(context), count_imports(db)) == (before, 0)
    assert ed.get(path).status_code == 404


def test_bytes_that_another_import_has_stay(
    ed: TestClient, ada: TestClient, context: Context, path: str
) -> None:
    other = send(ada).headers["location"]
    ed.post(f"{path}/discard")
    recognise(context)
    assert "자꾸 꺼집니다" in ada.get(other).text


def test_it_refuses_while_versions_stand_on_it(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    assert ed.post(f"{path}/discard").status_code == 409
    convert(context)
    assert ed.post(f"{path}/discard").status_code == 409
    ed.post("/datasets/1/versions/1/delete")
    assert ed.post(f"{path}/discard").status_code == 303
    assert count_imports(db) == 0


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/discard")
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_DISCARDED)
        assert session.exec(query).one().detail == {"filename": "리뷰.csv"}


def test_it_refuses_a_viewer(vi: TestClient, db: Database, path: str) -> None:
    assert vi.post(f"{path}/discard").status_code == 403
    assert "discard-import" not in vi.get(path).text
    assert count_imports(db) == 1

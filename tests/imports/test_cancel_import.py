"""Cancelling an import that is under way."""

from dataclasses import replace

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.core.leases import claim
from app.datasets.models import DatasetVersion
from app.imports import converting
from app.imports.models import Import, ImportStatus
from tests.datasets.uploads import files_in
from tests.imports.imports import START, CallingStorage, convert, import_at, send_recognised


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    path = send_recognised(ed, context)
    assert ed.post(f"{path}/start", data=START).status_code == 303
    return path


def test_it_waits_for_the_person_again(ed: TestClient, db: Database, path: str) -> None:
    assert "Cancel the import" in ed.get(path).text
    answer = ed.post(f"{path}/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = ed.get(path).text
    assert ("import-form" in page, "Rate the review from 1 to 5." in page) == (True, True)
    assert import_at(db, path).status is ImportStatus.RECOGNISED


def test_nothing_half_made_stays(ed: TestClient, context: Context, db: Database, path: str) -> None:
    """The worker that holds it finds out when it wants to keep what it made."""
    before = files_in(context)
    storage = CallingStorage(context, lambda: ed.post(f"{path}/cancel"))
    assert converting.convert_import(replace(context, storage=storage)) is True
    assert files_in(context) == before
    with db.read() as session:
        assert session.exec(select(DatasetVersion)).all() == []
    assert import_at(db, path).status is ImportStatus.RECOGNISED


def test_started_again_it_is_done_by_the_new_mapping(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    with db.write() as session:
        claim(session, Import, owner="the one before", seconds=60)
    ed.post(f"{path}/cancel")
    ed.post(f"{path}/start", data=START | {"system": "Other"})
    convert(context)
    assert import_at(db, path).status is ImportStatus.DONE
    assert (import_at(db, path).mapping or {})["system"] == "Other"


def test_it_refuses_what_is_not_under_way(ed: TestClient, context: Context, path: str) -> None:
    convert(context)
    assert ed.post(f"{path}/cancel").status_code == 409
    waiting = send_recognised(ed, context, b"a,b\nc,d\n", "x.csv")
    assert ed.post(f"{waiting}/cancel").status_code == 409


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/cancel")
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_CANCELLED)
        assert session.exec(query).one().detail == {"filename": "리뷰.csv"}


def test_it_refuses_a_viewer(vi: TestClient, db: Database, path: str) -> None:
    assert vi.post(f"{path}/cancel").status_code == 403
    assert "Cancel the import" not in vi.get(path).text
    assert import_at(db, path).status is ImportStatus.STARTED

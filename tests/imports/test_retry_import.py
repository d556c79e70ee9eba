"""Trying again what failed."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.core.leases import MOST_ATTEMPTS
from app.imports.models import Import, ImportStatus
from tests.imports.imports import (
    START,
    convert,
    import_at,
    recognise,
    send,
    send_recognised,
)


def give_up(db: Database) -> None:
    with db.write() as session:
        session.exec(select(Import)).one().attempt_count = MOST_ATTEMPTS


@pytest.fixture
def path(ed: TestClient, context: Context, db: Database) -> str:
    path = send_recognised(ed, context)
    ed.post(f"{path}/start", data=START)
    give_up(db)
    convert(context)
    assert import_at(db, path).status is ImportStatus.FAILED
    return path


def test_it_goes_on_with_the_same_mapping(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    assert "Try again" in ed.get(path).text
    assert ed.post(f"{path}/retry").status_code == 303
    convert(context)
    found = import_at(db, path)
    assert (found.status, found.refusal) == (ImportStatus.DONE, None)
    assert (found.mapping or {})["system"] == START["system"]


def test_a_file_that_was_never_recognised_is_looked_at_again(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = str(send(ed).headers["location"])
    give_up(db)
    recognise(context)
    assert import_at(db, path).status is ImportStatus.FAILED
    assert ed.post(f"{path}/retry").status_code == 303
    recognise(context)
    assert import_at(db, path).status is ImportStatus.RECOGNISED


def test_it_refuses_what_did_not_fail(ed: TestClient, context: Context, path: str) -> None:
    ed.post(f"{path}/retry")
    assert ed.post(f"{path}/retry").status_code == 409
    convert(context)
    assert ed.post(f"{path}/retry").status_code == 409


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/retry")
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_RETRIED)
        assert session.exec(query).one().detail == {"filename": "리뷰.csv"}


def test_it_refuses_a_viewer(vi: TestClient, db: Database, path: str) -> None:
    assert vi.post(f"{path}/retry").status_code == 403
    assert "Try again" not in vi.get(path).text
    assert import_at(db, path).status is ImportStatus.FAILED

"""Saying what a file is where the recognition was wrong."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.imports.models import ImportStatus
from tests.imports.imports import (
    START,
    convert,
    import_at,
    recognise,
    send_recognised,
    shown_text,
)


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def test_it_looks_again_as_it_is_told(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    answer = ed.post(f"{path}/recognise", data={"separator": "|", "header_row": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert import_at(db, path).status is ImportStatus.RECEIVED
    recognise(context)
    page = shown_text(ed.get(path).text)
    assert ("“|” separates the cells." in page, "1 column ·" in page) == (True, True)


def test_another_encoding_reads_other_letters(ed: TestClient, context: Context, path: str) -> None:
    ed.post(f"{path}/recognise", data={"encoding": "latin-1"})
    recognise(context)
    assert "자꾸 꺼집니다" not in ed.get(path).text
    ed.post(f"{path}/recognise", data={"encoding": "cp949"})
    recognise(context)
    assert "자꾸 꺼집니다" in ed.get(path).text


def test_a_tab_has_a_word(ed: TestClient, context: Context, path: str) -> None:
    ed.post(f"{path}/recognise", data={"separator": "tab"})
    recognise(context)
    assert "Tabs separate the cells." in ed.get(path).text


def test_what_cannot_be_is_said_and_can_be_corrected(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/recognise", data={"encoding": "klingon"})
    recognise(context)
    assert "There is no encoding “klingon”." in ed.get(path).text
    ed.post(f"{path}/recognise", data={"encoding": ""})
    recognise(context)
    assert import_at(db, path).status is ImportStatus.RECOGNISED


@pytest.mark.parametrize(
    "data", [{"separator": "ab"}, {"header_row": "-1"}, {"kind": "exe"}, {"header_row": "x"}]
)
def test_odd_options_are_refused(
    ed: TestClient, db: Database, path: str, data: dict[str, str]
) -> None:
    assert ed.post(f"{path}/recognise", data=data).status_code == 422
    assert import_at(db, path).status is ImportStatus.RECOGNISED


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/recognise", data={"encoding": "cp949"})
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_RECOGNISED)
        assert session.exec(query).one().detail == {"encoding": "cp949"}


def test_it_refuses_what_has_begun(ed: TestClient, context: Context, path: str) -> None:
    ed.post(f"{path}/start", data=START)
    assert ed.post(f"{path}/recognise", data={}).status_code == 409
    convert(context)
    assert ed.post(f"{path}/recognise", data={}).status_code == 409


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/recognise", data={}).status_code == 403

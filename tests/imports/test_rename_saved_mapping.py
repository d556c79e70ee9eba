"""Saved mappings: offered again, and called otherwise."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.imports.models import SavedMapping
from tests.imports.imports import START, convert, send_recognised

PAGE = "/imports/mappings"


@pytest.fixture(autouse=True)
def path(ed: TestClient, context: Context) -> str:
    path = send_recognised(ed, context)
    ed.post(f"{path}/start", data=START)
    convert(context)
    return path


def names(db: Database) -> list[str]:
    with db.read() as session:
        return [each.name for each in session.exec(select(SavedMapping))]


def test_it_is_called_otherwise(ed: TestClient, context: Context, db: Database) -> None:
    answer = ed.post(f"{PAGE}/1/rename", data={"name": "Stars <b>"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert "Stars &lt;b&gt;" in ed.get(PAGE).text
    again = send_recognised(ed, context, "제목;내용;별점\na;b;1\n".encode(), "again.csv")
    assert "As for Stars &lt;b&gt;" in ed.get(again).text


def test_used_again_it_stands_there_once(ed: TestClient, context: Context, db: Database) -> None:
    again = send_recognised(ed, context, "제목;내용;별점\na;b;1\n".encode(), "again.csv")
    ed.post(f"{again}/start", data=START | {"name": "Again", "also_without_system": "1"})
    convert(context)
    assert names(db) == ["리뷰"]


def test_rows_that_stay_as_they_are_need_none(
    ed: TestClient, context: Context, db: Database
) -> None:
    rows = send_recognised(ed, context, b'[{"prompt": "a", "completion": "b"}]', "x.json")
    ed.post(f"{rows}/start", data={"target": "keep"})
    convert(context)
    assert names(db) == ["리뷰"]


@pytest.mark.parametrize("name", ["", "x" * 121, "a\x00b"])
def test_it_refuses_what_is_no_name(ed: TestClient, db: Database, name: str) -> None:
    assert ed.post(f"{PAGE}/1/rename", data={"name": name}).status_code == 422
    assert names(db) == ["리뷰"]


def test_it_refuses_one_that_is_not_there(ed: TestClient) -> None:
    assert ed.post(f"{PAGE}/77/rename", data={"name": "x"}).status_code == 404


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database) -> None:
    ed.post(f"{PAGE}/1/rename", data={"name": "Stars"})
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.MAPPING_RENAMED)
        assert session.exec(query).one().detail == {"from": "리뷰", "to": "Stars"}


def test_it_refuses_a_viewer(vi: TestClient, db: Database) -> None:
    assert vi.post(f"{PAGE}/1/rename", data={"name": "x"}).status_code == 403
    page = vi.get(PAGE).text
    assert ("리뷰" in page, "rename-1" in page, names(db)) == (True, False, ["리뷰"])

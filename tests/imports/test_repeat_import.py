"""Mapping a file again that was imported already."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion
from tests.imports.imports import (
    START,
    convert,
    count_imports,
    examples_of,
    import_at,
    send_recognised,
)


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    path = send_recognised(ed, context)
    ed.post(f"{path}/start", data=START)
    convert(context)
    return path


def repeat(client: TestClient, path: str, **fields: str) -> str:
    answer = client.post(f"{path}/repeat", data=fields)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_the_earlier_mapping_is_filled_in(ed: TestClient, db: Database, path: str) -> None:
    again = repeat(ed, path)
    page = ed.get(again).text
    assert ("Rate the review from 1 to 5." in page, "자꾸 꺼집니다" in page) == (True, True)
    assert 'value="리뷰 (2)"' in page
    assert import_at(db, again).sha256 == import_at(db, path).sha256


def test_it_becomes_another_version(ed: TestClient, context: Context, path: str) -> None:
    again = repeat(ed, path, as_version="1")
    ed.post(f"{again}/start", data=START | {"system": "Say how many stars."})
    convert(context)
    with context.db.read() as session:
        versions = session.exec(select(DatasetVersion)).all()
    assert [(each.dataset_id, each.number) for each in versions] == [(1, 1), (1, 2)]
    first, second = examples_of(context, path)[0][0], examples_of(context, again)[0][0]
    said = [row["messages"][0]["content"] for row in (first, second)]
    assert said == ["Rate the review from 1 to 5.", "Say how many stars."]


def test_it_becomes_a_dataset_of_its_own(ed: TestClient, context: Context, path: str) -> None:
    again = repeat(ed, path)
    ed.post(f"{again}/start", data=START | {"name": "리뷰, anders"})
    convert(context)
    assert "리뷰, anders @1" in ed.get(again).text


def test_each_import_keeps_the_file(ed: TestClient, context: Context, path: str) -> None:
    again = repeat(ed, path)
    ed.post(f"{again}/discard")
    assert ed.get(f"{path}/source").status_code == 200


def test_it_refuses_what_is_not_imported(ed: TestClient, context: Context, path: str) -> None:
    waiting = send_recognised(ed, context, b"a,b\nc,d\n", "x.csv")
    assert ed.post(f"{waiting}/repeat").status_code == 409
    ed.post("/datasets/1/delete")
    assert ed.post(f"{path}/repeat", data={"as_version": "1"}).status_code == 409
    assert "For a new version" not in ed.get(path).text
    assert repeat(ed, path) != path


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    repeat(ed, path)
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_REPEATED)
        assert session.exec(query).one().subject_id == 2


def test_it_refuses_a_viewer(vi: TestClient, db: Database, path: str) -> None:
    assert vi.post(f"{path}/repeat").status_code == 403
    assert "repeat-import" not in vi.get(path).text
    assert count_imports(db) == 1

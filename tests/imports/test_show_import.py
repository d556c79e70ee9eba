"""What the page of an import shows while it is under way and afterwards."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.imports.models import Import
from app.imports.pages import ImportView
from app.imports.service import list_outputs
from tests.datasets.uploads import check
from tests.imports.imports import START, convert, recognise, send_recognised, shown_text


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def halfway(**values: object) -> Import:
    known = {"rows_done": 100, "row_count": 400, "begun_at": now() - timedelta(seconds=20)}
    return Import.model_validate(
        {"name": "x", "filename": "x", "sha256": "", "size": 1, "created_by": "Ed"} | known | values
    )


def test_the_time_that_is_left_is_reckoned_by_the_pace_so_far() -> None:
    assert ImportView(halfway(), None).seconds_left == pytest.approx(60, abs=5)
    assert ImportView(halfway(rows_done=500), None).seconds_left == 0
    for unknown in ({"rows_done": 0}, {"row_count": None}, {"begun_at": None}):
        assert ImportView(halfway(**unknown), None).seconds_left is None


def test_the_time_that_is_left_is_said(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/start", data=START)
    with db.write() as session:
        row = session.exec(select(Import)).one()
        row.begun_at, row.rows_done, row.row_count = now() - timedelta(seconds=30), 100, 500
    text = shown_text(ed.get(f"{path}/progress").text)
    assert ("100 of 500 rows." in text, "About 2 min" in text) == (True, True)


def test_parts_are_called_in_the_readers_language(ed: TestClient, path: str) -> None:
    ed.cookies.set("tuneboard_language", "ko")
    page = ed.post(f"{path}/preview", data=START | {"assistant": ""}).text
    assert "assistant" not in shown_text(page).lower()


def test_a_refusal_is_said_in_the_readers_language(
    ed: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/recognise", data={"kind": "xlsx"})
    recognise(context)
    assert "Excel workbook" in shown_text(ed.get(path).text)
    ed.cookies.set("tuneboard_language", "ko")
    [said] = re.findall(r'strip__text">(.*?)</span>', ed.get(path).text, re.DOTALL)
    assert "Excel workbook" not in said


def test_both_versions_of_one_import_know_each_other(
    ed: TestClient, vi: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/start", data=START | {"also_without_system": "1"})
    convert(context)
    check(context)
    with context.db.read() as session:
        ids = [version.id for version, _ in list_outputs(session, 1)]
    first, second = (vi.get(f"/imports/versions/{each}/lineage").text for each in ids)
    assert ("/datasets/1/versions/2" in first, "without system prompt" in first) == (True, True)
    assert ("/datasets/1/versions/1" in second, "without system prompt" in second) == (True, False)


def test_rows_of_a_line_are_a_line_inside_its_panel(
    ed: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    convert(context)
    inside = ed.get("/imports/versions/1/rows?lines=2&inside=1").text
    assert "Row 2 of the file as sent, which begins in line 3" in inside
    assert 'class="panel"' not in inside
    assert 'class="panel"' in ed.get("/imports/versions/1/rows?lines=2").text

"""The list of datasets."""

from starlette.testclient import TestClient

from app.core.actor import Actor
from app.core.context import Context
from app.datasets.listing import PAGE_ROWS
from app.datasets.models import Dataset
from tests.datasets.uploads import upload_checked


def test_it_teaches_while_there_is_none(ed: TestClient, vi: TestClient) -> None:
    page = ed.get("/datasets").text
    assert "No dataset yet" in page
    assert "Load the sample reviews" in page
    assert "An editor can upload one." in vi.get("/datasets").text


def test_it_shows_what_the_check_said(ed: TestClient, context: Context) -> None:
    upload_checked(ed, context)
    page = ed.get("/datasets").text
    assert 'status--ready">ready<' in page
    assert "reviews" in page


def test_it_searches_names(ed: TestClient, context: Context, editor: Actor) -> None:
    with context.db.write() as session:
        for name in ("앱 리뷰 2025", "앱 리뷰 2026", "Tickets_100%"):
            session.add(Dataset(name=name, created_by=editor.name))
    found = ed.get("/datasets", params={"q": "리뷰 2026"}).text
    assert ("앱 리뷰 2026" in found, "앱 리뷰 2025" in found) == (True, False)
    assert "Tickets_100%" in ed.get("/datasets", params={"q": "s_1"}).text
    assert "No dataset has this name" in ed.get("/datasets", params={"q": "%%"}).text


def test_it_has_pages(ed: TestClient, context: Context) -> None:
    with context.db.write() as session:
        for number in range(PAGE_ROWS + 3):
            session.add(Dataset(name=f"set {number:03}", created_by="Ed"))
    assert ed.get("/datasets").text.count('<tr id="dataset-') == PAGE_ROWS
    assert ed.get("/datasets?page=2").text.count('<tr id="dataset-') == 3
    assert ed.get("/datasets?page=999").text.count('<tr id="dataset-') == 3


def test_a_hostile_name_is_text(ed: TestClient, context: Context) -> None:
    with context.db.write() as session:
        session.add(Dataset(name="<img src=x onerror=alert(1)>{{7*7}}", created_by="Ed"))
    page = ed.get("/datasets").text
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


def test_it_refuses_nobody(anonymous: TestClient) -> None:
    assert anonymous.get("/datasets").headers["location"] == "/login"

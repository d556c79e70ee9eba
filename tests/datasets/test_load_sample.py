"""The sample reviews, one press away."""

from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.models import VersionStatus
from tests.datasets.uploads import check, version_at


def test_it_imports_and_checks_the_reviews(ed: TestClient, context: Context, db: Database) -> None:
    assert "Load the sample reviews" in ed.get("/datasets").text
    path = ed.post("/datasets/sample").headers["location"]
    check(context)
    version = version_at(db, path)
    assert (version.status, version.example_count) == (VersionStatus.READY, 480)
    assert "No errors and no warnings." in ed.get(path).text


def test_loaded_twice_it_is_there_once(ed: TestClient) -> None:
    paths = {ed.post("/datasets/sample").headers["location"] for _ in range(2)}
    assert len(paths) == 1


def test_it_refuses_a_viewer(vi: TestClient) -> None:
    assert vi.post("/datasets/sample").status_code == 403
    assert "Load the sample reviews" not in vi.get("/datasets").text

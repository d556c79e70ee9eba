"""Deleting a dataset with its versions."""

from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion
from tests.datasets.uploads import files_in, reviews, upload, upload_checked, version_at


def test_it_removes_all_versions_and_their_bytes(
    ed: TestClient, context: Context, db: Database
) -> None:
    before = files_in(context)
    path = upload_checked(ed, context)
    second = upload(ed, reviews(30), to=path.removesuffix("/1")).headers["location"]
    with db.write() as session:
        child = session.get_one(DatasetVersion, version_at(db, second).id)
        child.parent_version_id = version_at(db, path).id
    dataset = path.removesuffix("/versions/1")
    assert ed.post(f"{dataset}/delete").headers["location"] == "/datasets"
    assert "The dataset was deleted." in ed.get("/datasets").text
    assert ed.get(dataset).status_code == 404
    assert files_in(context) == before


def test_it_refuses_while_a_version_outside_was_made_from_it(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context)
    other = upload(ed, reviews(30), name="Other").headers["location"]
    with db.write() as session:
        session.get_one(DatasetVersion, version_at(db, other).id).parent_version_id = version_at(
            db, path
        ).id
    assert ed.post(f"{path.removesuffix('/versions/1')}/delete").status_code == 409


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient, context: Context) -> None:
    dataset = upload_checked(ed, context).removesuffix("/versions/1")
    assert vi.post(f"{dataset}/delete").status_code == 403
    assert "Delete" not in vi.get(dataset).text

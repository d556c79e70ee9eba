"""Uploading the next version of a dataset."""

from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from tests.datasets.uploads import files_in, reviews, upload, version_at


def test_it_adds_the_next_version(ed: TestClient, db: Database) -> None:
    first = upload(ed, name="Reviews").headers["location"]
    answer = upload(ed, reviews(30), to=first.removesuffix("/1"))
    version = version_at(db, answer.headers["location"])
    assert (answer.status_code, version.number) == (303, 2)
    page = ed.get(first.removesuffix("/versions/1")).text
    assert ("@1" in page, "@2" in page) == (True, True)


def test_bytes_that_are_there_stay_the_version_they_are(ed: TestClient) -> None:
    first = upload(ed, name="Reviews").headers["location"]
    again = upload(ed, to=first.removesuffix("/1"))
    assert again.headers["location"] == first


def test_the_number_of_a_deleted_version_is_not_given_again(ed: TestClient) -> None:
    first = upload(ed, name="Reviews").headers["location"]
    second = upload(ed, reviews(30), to=first.removesuffix("/1")).headers["location"]
    ed.post(f"{second}/delete")
    third = upload(ed, reviews(40), to=first.removesuffix("/1")).headers["location"]
    assert third.endswith("/versions/3")


def test_it_refuses_a_dataset_that_is_not_there(ed: TestClient, context: Context) -> None:
    before = files_in(context)
    assert upload(ed, to="/datasets/77/versions").status_code == 404
    assert files_in(context) == before


def test_it_refuses_what_is_no_dataset(ed: TestClient) -> None:
    first = upload(ed, name="Reviews").headers["location"]
    answer = upload(ed, b"x", "x.txt", to=first.removesuffix("/1"))
    assert answer.status_code == 422
    assert "is not a .jsonl file." in answer.text


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient) -> None:
    first = upload(ed, name="Reviews").headers["location"]
    assert upload(vi, reviews(30), to=first.removesuffix("/1")).status_code == 403
    assert vi.get(f"{first.removesuffix('/1')}/new").status_code == 403
    assert "New version" not in vi.get(first.removesuffix("/versions/1")).text

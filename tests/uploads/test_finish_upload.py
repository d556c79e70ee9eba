"""The ordinary form, with an upload in the place of its file."""

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.core.actor import Actor
from app.core.context import Context
from app.datasets.models import DatasetVersion
from app.datasets.uploads.finishing import take_upload
from app.imports.models import Import
from tests.conftest import ClientFor
from tests.datasets.uploads import files_in, reviews, upload, version_at
from tests.uploads.sending import FILE, append, begin, begun, finish, offset_of, sent


def test_it_becomes_a_dataset(ed: TestClient, context: Context) -> None:
    answer = finish(ed, sent(ed), name="앱 리뷰")
    version = version_at(context.db, answer.headers["location"])
    assert (answer.status_code, version.filename) == (303, "reviews.jsonl")
    assert [path.name for path in files_in(context)] == [version.sha256]
    assert "앱 리뷰" in ed.get("/datasets").text
    assert "stopped" not in ed.get("/uploads").text


def test_it_becomes_a_version(ed: TestClient) -> None:
    upload(ed)
    answer = finish(ed, sent(ed), to="/datasets/1/versions")
    assert answer.headers["location"] == "/datasets/1/versions/2"
    other = finish(ed, sent(ed, reviews(401), dataset_id=1), dataset_id="1")
    assert other.headers["location"] == "/datasets/1/versions/3"


def test_any_other_file_becomes_an_import(ed: TestClient, session: Session) -> None:
    answer = finish(ed, sent(ed, b"question,answer\nwhy,because\n", filename="table.csv"))
    found = session.exec(select(Import)).one()
    assert answer.headers["location"] == f"/imports/{found.id}"
    assert (found.filename, found.size) == ("table.csv", 28)


def test_sent_again_it_is_answered_again(ed: TestClient, session: Session) -> None:
    upload_id = sent(ed)
    first, second = finish(ed, upload_id), finish(ed, upload_id)
    assert first.headers["location"] == second.headers["location"]
    assert len(session.exec(select(DatasetVersion)).all()) == 1


def test_another_window_learns_that_all_is_there(ed: TestClient) -> None:
    upload_id = sent(ed)
    path = f"/uploads/{upload_id}"
    finish(ed, upload_id)
    assert offset_of(ed, path) == len(FILE)
    late = append(ed, path, 1000, FILE[1000:])
    assert (late.status_code, late.headers["upload-offset"]) == (409, str(len(FILE)))
    ed.post("/datasets/1/delete")
    assert append(ed, path, 1000, FILE[1000:]).status_code == 404


def test_a_refused_form_loses_nothing(ed: TestClient, context: Context) -> None:
    upload(ed, name="Reviews")
    upload_id = sent(ed)
    refused = finish(ed, upload_id, name="Reviews")
    assert (refused.status_code, "of this name already" in refused.text) == (422, True)
    assert offset_of(ed, f"/uploads/{upload_id}") == len(FILE)
    assert begin(ed).json()["offset"] == len(FILE)
    assert finish(ed, upload_id, name="Other").status_code == 303
    assert len(files_in(context)) == 2


def test_the_dataset_may_have_the_bytes_already(ed: TestClient, context: Context) -> None:
    upload(ed, FILE)
    answer = finish(ed, sent(ed), to="/datasets/1/versions")
    assert answer.headers["location"] == "/datasets/1/versions/1"
    assert len(files_in(context)) == 1
    assert "stopped" not in ed.get("/uploads").text


def test_one_that_is_not_complete_is_refused(ed: TestClient, context: Context) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    refused = finish(ed, path[9:])
    assert (refused.status_code, "not complete" in refused.text) == (409, True)
    assert offset_of(ed, path) == 1000


@pytest.mark.parametrize("upload_id", ["77", "0", "-1", "1e3", "９", "1; DROP", "9" * 5000])
def test_one_that_is_not_there_is_refused(ed: TestClient, upload_id: str) -> None:
    refused = finish(ed, upload_id)
    assert (refused.status_code, "Send the file again." in refused.text) == (404, True)


@pytest.mark.parametrize(("person", "status"), [("Ada", 404), ("Vi", 403), (None, 303)])
def test_it_refuses_others(
    client_for: ClientFor, ed: TestClient, session: Session, person: str | None, status: int
) -> None:
    assert finish(client_for(person), sent(ed)).status_code == status
    assert session.exec(select(DatasetVersion)).all() == []


def test_a_file_goes_before_an_upload(ed: TestClient, context: Context) -> None:
    upload_id = sent(ed)
    files = {"file": ("other.jsonl", reviews(3), "application/octet-stream")}
    answer = ed.post("/imports", data={"upload_id": upload_id}, files=files)
    assert version_at(context.db, answer.headers["location"]).filename == "other.jsonl"
    assert offset_of(ed, f"/uploads/{upload_id}") == len(FILE)


def test_a_crash_after_the_bytes_were_kept_loses_nothing(
    ed: TestClient, context: Context, editor: Actor
) -> None:
    upload_id = sent(ed)
    take_upload(context, editor, int(upload_id)).file.finish()
    assert "stopped" not in ed.get("/uploads").text
    answer = finish(ed, upload_id)
    version = version_at(context.db, answer.headers["location"])
    assert context.storage.path(version.sha256).read_bytes() == FILE


def test_a_deleted_dataset_leaves_no_bytes_behind(ed: TestClient, context: Context) -> None:
    upload_id = sent(ed)
    finish(ed, upload_id)
    ed.post("/datasets/1/delete")
    assert files_in(context) == []
    assert finish(ed, upload_id).status_code == 404


def test_two_windows_finish_at_once(ed: TestClient, context: Context, editor: Actor) -> None:
    """The other one has taken the upload when this one is done."""
    upload_id = sent(ed)
    other = take_upload(context, editor, int(upload_id)).file
    finish(ed, upload_id)
    assert other.path.read_bytes() == FILE
    assert other.finish().sha256 == other.sha256
    assert len(files_in(context)) == 1

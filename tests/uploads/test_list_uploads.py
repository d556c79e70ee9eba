"""Uploads that stopped, on the pages they were begun on."""

import re

from starlette.testclient import TestClient

from app.core.context import Context
from tests.datasets.uploads import files_in, upload
from tests.imports.imports import shown_text
from tests.uploads.sending import FILE, about, append, begin, begun, finish, sent


def test_it_says_how_far_it_came(ed: TestClient) -> None:
    path = begun(ed, name="Reviews")
    append(ed, path, 0, FILE[: len(FILE) * 2 // 3])
    page = ed.get("/uploads").text
    assert "The upload of reviews.jsonl stopped at 66%." in shown_text(page)
    assert "Choose the same file to go on." in page
    given = dict(re.findall(r'data-(\w+)="([^"]*)"', page))
    assert given | {"size": int(given["size"]), "modified": int(given["modified"])} == {
        "filename": "reviews.jsonl",
        "size": len(FILE),
        "modified": about()["modified_ms"],
        "fingerprint": about()["fingerprint"],
        "name": "Reviews",
    }


def test_it_never_says_more_than_there_is(ed: TestClient) -> None:
    append(ed, begun(ed), 0, FILE[:-1])
    assert "stopped at 99%" in ed.get("/uploads").text


def test_another_page_leads_there(ed: TestClient) -> None:
    upload(ed, name="Tickets")
    begin(ed, dataset_id=1)
    here, there = ed.get("/uploads?dataset_id=1").text, ed.get("/uploads").text
    assert "data-fingerprint" in here
    assert "data-fingerprint" not in there
    assert "It was to be a new version of Tickets." in there
    assert 'href="/datasets/1/versions/new"' in there
    begin(ed, filename="other.jsonl")
    assert 'href="/datasets/new"' in ed.get("/uploads?dataset_id=1").text


def test_the_forms_ask_for_it(ed: TestClient) -> None:
    upload(ed)
    assert 'hx-get="/uploads?dataset_id="' in ed.get("/datasets/new").text
    assert 'hx-get="/uploads?dataset_id=1"' in ed.get("/datasets/1/versions/new").text


def test_a_dataset_that_is_deleted_meanwhile(ed: TestClient) -> None:
    upload(ed)
    begin(ed, dataset_id=1)
    ed.post("/datasets/1/delete")
    assert "data-fingerprint" in ed.get("/uploads").text


def test_others_and_finished_ones_are_not_listed(
    ed: TestClient, ada: TestClient, context: Context
) -> None:
    begin(ada)
    finish(ed, sent(ed))
    begin(ed, filename="lost.jsonl")
    next(path for path in files_in(context) if path.stat().st_size == 0).unlink()
    listed = ed.get("/uploads").text + ada.get("/uploads").text
    assert listed.count("stopped at") == 1


def test_viewers_send_nothing(vi: TestClient) -> None:
    assert vi.get("/uploads").status_code == 403

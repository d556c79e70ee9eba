"""The live preview of a mapping."""

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from tests.imports.imports import START, import_at, send, send_recognised, shown_text


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def preview(client: TestClient, path: str, **fields: str) -> str:
    answer = client.post(f"{path}/preview", data=START | fields)
    assert answer.status_code == 200
    return answer.text


def test_it_shows_the_first_rows_rendered(ed: TestClient, path: str) -> None:
    page = preview(ed, path, user="제목은 {{ 제목 | trim }}", assistant="{{ 별점 }}점")
    text = shown_text(page)
    assert ("제목은 좋아요" in text, "5점" in text) == (True, True)
    assert 'hx-target="#import-parts" hx-swap="outerMorph"' in page


def test_it_changes_nothing(ed: TestClient, db: Database, path: str) -> None:
    before = import_at(db, path).mapping
    preview(ed, path, user="other")
    assert import_at(db, path).mapping == before


def test_problems_stand_beside_their_fields(ed: TestClient, path: str) -> None:
    page = preview(ed, path, user="{{ 없음 }}", assistant="{{ 별점")
    assert 'id="error-user" data-sentence>There is no column “없음”.' in page
    assert 'id="error-assistant"' in page
    assert "The mapping does not fit yet." in page


def test_a_picked_role_enters_the_template(ed: TestClient, path: str) -> None:
    page = preview(ed, path, user="", assistant="{{ 별점 }}", role_1="user", changed="1")
    assert "{{ 내용 }}</textarea>" in page
    page = preview(ed, path, role_1="", changed="1")
    assert "{{ 제목 }}</textarea>" in page
    page = preview(ed, path, role_0="system", changed="0")
    assert "Rate the review from 1 to 5.\n{{ 제목 }}</textarea>" in page


def test_another_target_takes_the_texts_along(ed: TestClient, path: str) -> None:
    page = preview(ed, path, target="completion", target_before="chat", changed="target")
    text = shown_text(page)
    assert ("prompt 좋아요 앱이 빠르고 편해요" in text, "completion 5" in text) == (True, True)
    assert 'name="system"' not in page


def test_a_type_that_does_not_fit_leaves_the_row_out(ed: TestClient, path: str) -> None:
    page = preview(ed, path, types="0:integer", changed="type")
    assert "The column “제목” does not hold a whole number." in page


def test_a_row_that_is_left_out_says_why(ed: TestClient, context: Context) -> None:
    path = send_recognised(ed, context, b"question,answer\nq,a\nq2,\n", "qa.csv")
    page = preview(ed, path, user="{{ question }}", assistant="{{ answer }}", types="")
    assert "The part “assistant” is empty." in page


@pytest.mark.parametrize("changed", ["99", "-1", "x", "target"])
def test_odd_changes_are_no_harm(ed: TestClient, path: str, changed: str) -> None:
    assert "좋아요" in preview(ed, path, changed=changed, target_before="?", types="99:integer")


def test_hostile_templates_are_text(ed: TestClient, path: str) -> None:
    page = preview(ed, path, system="<script>alert(1)</script>", user="{{#제목}}" * 50)
    assert "<script>alert" not in page


def test_it_waits_for_the_recognition(ed: TestClient) -> None:
    path = send(ed).headers["location"]
    assert ed.post(f"{path}/preview", data=START).status_code == 409


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/preview", data=START).status_code == 403

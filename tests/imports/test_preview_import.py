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
    page = preview(ed, path, user="", assistant="{{ 별점 }}", role_1="user")
    assert "{{ 내용 }}</textarea>" in page
    page = preview(ed, path, role_before_1="user", role_0="user", role_before_0="user")
    assert "{{ 제목 }}</textarea>" in page
    page = preview(ed, path, role_0="system", role_before_0="user")
    assert "Rate the review from 1 to 5.\n{{ 제목 }}</textarea>" in page


def test_a_role_that_was_picked_is_in_what_starts_too(
    ed: TestClient, db: Database, path: str
) -> None:
    """The preview's answer may come late or never."""
    ed.post(f"{path}/start", data=START | {"user": "{{ 제목 }}", "role_1": "user"})
    assert (import_at(db, path).mapping or {})["user"] == "{{ 제목 }}\n{{ 내용 }}"


def test_only_what_lags_behind_is_written_anew(ed: TestClient, path: str) -> None:
    roles = {"role_0": "user", "role_1": "user", "role_2": "assistant"}
    before = {f"role_before_{name[-1]}": role for name, role in roles.items()}
    page = preview(ed, path, **roles, **before)
    assert ('hx-target="#import-columns"' in page, "#import-part-" in page) == (False, False)
    page = preview(ed, path, **roles, **before, user="{{ 내용 }}")
    assert 'hx-target="#import-columns"' in page
    page = preview(ed, path, **(roles | {"role_0": "system"}), **before)
    assert ('hx-target="#import-columns"' in page, page.count("#import-part-")) == (False, 2)


def test_another_target_takes_the_texts_along(ed: TestClient, path: str) -> None:
    page = preview(ed, path, target="completion", target_before="chat")
    text = shown_text(page)
    assert ("prompt 좋아요 앱이 빠르고 편해요" in text, "completion 5" in text) == (True, True)
    assert 'name="system"' not in page


def test_fields_for_graders_are_edited(ed: TestClient, path: str) -> None:
    """A column becomes one by its role; names and templates are typed."""
    page = preview(ed, path, target="reinforcement", target_before="chat", role_2="fields")
    assert ('value="별점"' in page, 'value="{{ 별점 }}"' in page) == (True, True)
    typed = {"target": "reinforcement", "target_before": "reinforcement", "assistant": ""}
    fields = {"field_0_name": "stars", "field_0_text": "{{ 별점 }}", "field_1_name": "where",
              "field_1_text": "shop {{ 제목 }}"}  # fmt: skip
    text = shown_text(preview(ed, path, **typed, **fields))
    assert ("stars 5" in text, "where shop 좋아요" in text) == (True, True)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("", "{{ 별점 }}", "A field for graders needs a name."),
        ("stars", "", "Say what the field “stars” holds."),
        ("messages", "{{ 별점 }}", "A field for graders cannot be called “messages”."),
        ("stars", "{{ 없음 }}", "There is no column “없음”."),
    ],
)
def test_what_is_wrong_with_a_field_stands_beside_it(
    ed: TestClient, path: str, name: str, text: str, sentence: str
) -> None:
    fields = {"target": "reinforcement", "target_before": "reinforcement", "assistant": ""}
    page = preview(ed, path, **fields, field_0_name=name, field_0_text=text)
    assert f'id="error-field_0_text" data-sentence>{sentence}' in page


def test_two_fields_of_one_name_are_refused(ed: TestClient, path: str) -> None:
    twice = {f"field_{n}_{part}": "x" for n in (0, 1) for part in ("name", "text")}
    page = preview(ed, path, target="reinforcement", target_before="reinforcement", **twice)
    assert "The field “x” stands here twice." in page


def test_a_type_that_does_not_fit_leaves_the_row_out(ed: TestClient, path: str) -> None:
    page = preview(ed, path, types="0:integer")
    assert "The column “제목” does not hold a whole number." in page


def test_a_row_that_is_left_out_says_why(ed: TestClient, context: Context) -> None:
    path = send_recognised(ed, context, b"question,answer\nq,a\nq2,\n", "qa.csv")
    page = preview(ed, path, user="{{ question }}", assistant="{{ answer }}", types="")
    assert "The part “Assistant” is empty." in page


@pytest.mark.parametrize(
    "odd",
    [
        {"role_99": "user"},
        {"role_0": "nonsense"},
        {"role_before_0": "user"},
        {"target_before": "?"},
        {"types": "99:integer"},
        {"types": "=nothing:number"},
        {"history": "99"},
        {"field_999_name": "x"},
    ],
)
def test_odd_changes_are_no_harm(ed: TestClient, path: str, odd: dict[str, str]) -> None:
    assert "별점" in preview(ed, path, **odd)


def test_hostile_templates_are_text(ed: TestClient, path: str) -> None:
    page = preview(ed, path, system="<script>alert(1)</script>", user="{{#제목}}" * 50)
    assert "<script>alert" not in page


def test_it_waits_for_the_recognition(ed: TestClient) -> None:
    path = send(ed).headers["location"]
    assert ed.post(f"{path}/preview", data=START).status_code == 409


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/preview", data=START).status_code == 403

"""The first visit makes the admin, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.access.models import User
from app.core.actor import Role
from app.main import create_app
from tests.conftest import PASSWORD, make_settings


@pytest.fixture
def first_visitor(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(make_settings(tmp_path / "fresh"))
    yield TestClient(app, follow_redirects=False, headers={"sec-fetch-site": "same-origin"})
    app.state.context.db.close()


def test_it_makes_the_admin_and_signs_in(first_visitor: TestClient) -> None:
    assert first_visitor.get("/login").headers["location"] == "/setup"
    answer = first_visitor.post("/setup", data={"name": "관리자 Ada", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = first_visitor.get("/users")
    assert page.status_code == 200
    assert "관리자 Ada" in page.text


def test_it_keeps_what_was_typed_and_says_what_is_wrong(first_visitor: TestClient) -> None:
    answer = first_visitor.post("/setup", data={"name": "Ada", "password": "short"})
    assert answer.status_code == 422
    assert "Type at least 10 characters." in answer.text
    assert 'value="Ada"' in answer.text
    assert "short" not in answer.text.replace("string_too_short", "").replace("shortcuts", "")


def test_it_refuses_a_second_time(anonymous: TestClient, session: Session) -> None:
    assert anonymous.get("/setup").headers["location"] == "/login"
    answer = anonymous.post("/setup", data={"name": "Mallory", "password": PASSWORD})
    assert answer.status_code == 409
    admins = session.exec(select(User.name).where(User.role == Role.ADMIN)).all()
    assert admins == ["Ada"]

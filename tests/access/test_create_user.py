"""Adding people."""

from sqlmodel import Session
from starlette.testclient import TestClient

from app.access import service
from tests.conftest import PASSWORD

EVE = {"name": "이브 Eve", "password": PASSWORD, "role": "viewer"}


def test_it_adds_somebody_who_can_sign_in(ada: TestClient, anonymous: TestClient) -> None:
    answer = ada.post("/users", data=EVE)
    assert answer.headers["location"] == "/users"
    assert "이브 Eve can sign in now." in ada.get("/users").text
    signed_in = anonymous.post("/login", data={"name": "이브 Eve", "password": PASSWORD})
    assert signed_in.status_code == 303


def test_it_refuses_a_name_that_is_taken(ada: TestClient) -> None:
    answer = ada.post("/users", data=EVE | {"name": "vi"})
    assert answer.status_code == 422
    assert "Somebody has this name already." in answer.text
    assert 'value="vi"' in answer.text


def test_it_refuses_an_unknown_role(ada: TestClient) -> None:
    answer = ada.post("/users", data=EVE | {"role": "owner"})
    assert "Choose one of the list." in answer.text


def test_it_refuses_others(ed: TestClient, vi: TestClient, session: Session) -> None:
    assert [client.post("/users", data=EVE).status_code for client in (ed, vi)] == [403, 403]
    assert service.find_user_by_name(session, EVE["name"]) is None


def test_a_hostile_name_is_text(ada: TestClient) -> None:
    ada.post("/users", data=EVE | {"name": "<script>alert(1)</script>{{7*7}}"})
    page = ada.get("/users").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page

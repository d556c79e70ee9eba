"""Letting somebody sign in again."""

from sqlmodel import Session
from starlette.testclient import TestClient

from tests.access.test_change_role import id_of
from tests.conftest import PASSWORD


def test_it_lets_them_in_again(ada: TestClient, anonymous: TestClient, session: Session) -> None:
    user_id = id_of(session, "Ed")
    ada.post(f"/users/{user_id}/retire")
    ada.post(f"/users/{user_id}/restore")
    answer = anonymous.post("/login", data={"name": "Ed", "password": PASSWORD})
    assert answer.status_code == 303
    assert "user.restored" in ada.get("/audit").text


def test_it_refuses_others(vi: TestClient, session: Session) -> None:
    assert vi.post(f"/users/{id_of(session, 'Ed')}/restore").status_code == 403

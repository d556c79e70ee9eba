"""Stopping somebody from signing in."""

from sqlmodel import Session
from starlette.testclient import TestClient

from tests.access.test_change_role import id_of


def test_it_signs_them_out_at_once(ada: TestClient, ed: TestClient, session: Session) -> None:
    ada.post(f"/users/{id_of(session, 'Ed')}/retire")
    assert ed.get("/account").headers["location"] == "/login"
    assert "may not sign in" in ada.get("/users").text


def test_the_last_admin_stays(ada: TestClient, session: Session) -> None:
    assert ada.post(f"/users/{id_of(session, 'Ada')}/retire").status_code == 409
    assert ada.get("/users").status_code == 200


def test_it_refuses_others(ed: TestClient, ada: TestClient, session: Session) -> None:
    assert ed.post(f"/users/{id_of(session, 'Ada')}/retire").status_code == 403
    assert ada.get("/account").status_code == 200

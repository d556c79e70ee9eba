"""An admin gives somebody a new password."""

from sqlmodel import Session
from starlette.testclient import TestClient

from tests.access.test_change_role import id_of

NEW = "a wholly new password"


def test_it_signs_them_out_and_lets_them_in(
    ada: TestClient, ed: TestClient, session: Session
) -> None:
    answer = ada.post(f"/users/{id_of(session, 'Ed')}/password", data={"password": NEW})
    assert answer.status_code == 303
    assert ed.get("/account").headers["location"] == "/login"
    assert ed.post("/login", data={"name": "Ed", "password": NEW}).status_code == 303


def test_it_refuses_a_short_one(ada: TestClient, session: Session) -> None:
    answer = ada.post(f"/users/{id_of(session, 'Ed')}/password", data={"password": "short"})
    assert answer.status_code == 422


def test_it_refuses_others(vi: TestClient, session: Session) -> None:
    answer = vi.post(f"/users/{id_of(session, 'Ada')}/password", data={"password": NEW})
    assert answer.status_code == 403

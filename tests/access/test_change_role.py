"""Roles."""

from sqlmodel import Session
from starlette.testclient import TestClient

from app.access import service
from app.core.actor import Role


def id_of(session: Session, name: str) -> int:
    user = service.find_user_by_name(session, name)
    assert user is not None
    assert user.id is not None
    return user.id


def test_it_changes_what_somebody_may_do(ada: TestClient, vi: TestClient, session: Session) -> None:
    answer = ada.post(f"/users/{id_of(session, 'Vi')}/role", data={"role": "admin"})
    assert answer.status_code == 303
    assert vi.get("/users").status_code == 200
    assert "user.role_changed" in ada.get("/audit").text


def test_the_last_admin_stays(ada: TestClient, session: Session) -> None:
    answer = ada.post(f"/users/{id_of(session, 'Ada')}/role", data={"role": "viewer"})
    assert answer.status_code == 409
    assert "last admin" in answer.text
    assert service.get_user(session, id_of(session, "Ada")).role is Role.ADMIN


def test_it_refuses_others(ed: TestClient, session: Session) -> None:
    answer = ed.post(f"/users/{id_of(session, 'Ed')}/role", data={"role": "admin"})
    assert answer.status_code == 403


def test_an_unknown_role_is_said(ada: TestClient, session: Session) -> None:
    answer = ada.post(f"/users/{id_of(session, 'Vi')}/role", data={"role": "owner"})
    assert answer.status_code == 422


def test_nobody_is_not_found(ada: TestClient) -> None:
    assert ada.post("/users/999/role", data={"role": "viewer"}).status_code == 404


def test_roles_are_a_ladder() -> None:
    assert [Role.EDITOR.allows(role) for role in Role] == [True, True, False]

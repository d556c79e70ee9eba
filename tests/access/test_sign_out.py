"""Signing out ends the session on the server."""

from starlette.testclient import TestClient


def test_it_ends_the_session(ed: TestClient) -> None:
    token = ed.cookies["tuneboard_session"]
    assert ed.post("/logout").headers["location"] == "/login"
    ed.cookies.set("tuneboard_session", token)
    assert ed.get("/account").headers["location"] == "/login"


def test_it_needs_somebody(anonymous: TestClient) -> None:
    assert anonymous.post("/logout").headers["location"] == "/login"

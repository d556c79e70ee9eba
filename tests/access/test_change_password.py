"""One's own password."""

from starlette.testclient import TestClient

from tests.conftest import PASSWORD

NEW = "a wholly new password"


def change(client: TestClient, current: str, new: str) -> tuple[int, str]:
    answer = client.post("/account/password", data={"current_password": current, "password": new})
    return answer.status_code, answer.text


def test_it_changes_and_signs_out_everywhere(ed: TestClient, vi: TestClient) -> None:
    assert change(ed, PASSWORD, NEW)[0] == 303
    assert ed.get("/account").headers["location"] == "/login"
    assert vi.get("/account").status_code == 200
    assert ed.post("/login", data={"name": "Ed", "password": NEW}).status_code == 303


def test_it_needs_the_present_one(ed: TestClient) -> None:
    status, page = change(ed, "not my password", NEW)
    assert status == 422
    assert "This is not your present password." in page


def test_it_refuses_a_short_one(ed: TestClient) -> None:
    assert change(ed, PASSWORD, "short")[0] == 422


def test_nobody_has_no_password(anonymous: TestClient) -> None:
    assert change(anonymous, PASSWORD, NEW)[0] == 303
    assert anonymous.post("/account/password").headers["location"] == "/login"

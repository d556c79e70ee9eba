"""Refusals as a page, as a partial, as JSON; in the reader's language."""

from starlette.testclient import TestClient

HTMX = {"hx-request": "true", "hx-request-type": "partial"}


def test_an_unknown_page_is_a_page(anonymous: TestClient) -> None:
    answer = anonymous.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_bad_address_is_a_page(ada: TestClient) -> None:
    assert ada.get("/users/not-a-number").status_code == 422


def test_a_refusal_to_htmx_is_one_partial(vi: TestClient) -> None:
    answer = vi.post("/users", headers=HTMX)
    assert answer.status_code == 403
    assert 'hx-target="#flash"' in answer.text
    assert "<html" not in answer.text


def test_a_signed_out_htmx_request_is_sent_to_sign_in(anonymous: TestClient) -> None:
    answer = anonymous.post("/users", headers=HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


def test_a_signed_out_page_is_redirected(anonymous: TestClient) -> None:
    answer = anonymous.get("/users")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_json_is_answered_with_json(anonymous: TestClient) -> None:
    answer = anonymous.get("/nowhere.json")
    assert answer.json()["error"]["code"] == "not_found"

"""What every request passes first."""

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from app.web.guard import is_cross_site


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"origin": "http://here", "host": "here"}, False),
        ({"origin": "http://there", "host": "here"}, True),
        ({"origin": "null", "host": "here"}, True),
        ({"host": "here"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://here", "host": "here"}, True),
    ],
)
def test_only_our_own_pages_may_change_things(headers: dict[str, str], refused: bool) -> None:
    assert is_cross_site(Headers(headers)) is refused


@pytest.mark.parametrize("path", ["/logout", "/users", "/language", "/nowhere"])
def test_cross_site_posts_are_refused(ada: TestClient, path: str) -> None:
    answer = ada.post(path, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert ada.get("/users").status_code == 200


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/css/tokens.css", "/healthz"])
def test_every_answer_carries_the_content_policy(anonymous: TestClient, path: str) -> None:
    policy = anonymous.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_failure_carries_it_too(ada: TestClient) -> None:
    app = ada.app
    app.add_api_route("/breaks", break_down)  # type: ignore[attr-defined]
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/breaks", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "secret detail" not in answer.text


def break_down() -> None:
    raise RuntimeError("secret detail")


def test_request_ids_are_kept_or_made(anonymous: TestClient) -> None:
    given = anonymous.get("/healthz", headers={"x-request-id": "from-the-proxy-1"})
    assert given.headers["x-request-id"] == "from-the-proxy-1"
    made = anonymous.get("/healthz", headers={"x-request-id": "bad id\t"})
    assert len(made.headers["x-request-id"]) == 16


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_above_the_limit_is_refused(anonymous: TestClient, announced: bool) -> None:
    body = b"name=" + b"x" * 3_000_000
    content = body if announced else iter([body])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = anonymous.post("/login", content=content, headers=headers)
    assert answer.status_code == 413
    assert "limit" in answer.text

"""Theme: kept by the server, so that no page flashes."""

from starlette.testclient import TestClient


def test_a_theme_is_kept(anonymous: TestClient) -> None:
    answer = anonymous.post("/theme", data={"theme": "dark", "back": "/login"})
    assert answer.headers["location"] == "/login"
    assert 'data-theme="dark"' in anonymous.get("/login").text


def test_no_theme_follows_the_system_again(anonymous: TestClient) -> None:
    anonymous.post("/theme", data={"theme": "dark"})
    anonymous.post("/theme", data={"theme": ""})
    assert "data-theme" not in anonymous.get("/login").text.split(">")[1]


def test_an_unknown_theme_is_none(anonymous: TestClient) -> None:
    anonymous.post("/theme", data={"theme": '"><script>'})
    assert "<script>" not in anonymous.get("/login").text

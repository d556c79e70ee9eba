"""Language: from the browser, by the switch, kept; and never a way to another site."""

import pytest
from starlette.testclient import TestClient

from app.web.preferences import safe_path


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-GB,en;q=0.9", "en"),
        ("fr-FR,ko;q=0.5", "ko"),
        ("fr", "en"),
        ("", "en"),
        ("ko;q=broken", "ko"),
    ],
)
def test_the_browser_says_it(anonymous: TestClient, header: str, language: str) -> None:
    page = anonymous.get("/login", headers={"accept-language": header})
    assert f'<html lang="{language}"' in page.text


def test_the_switch_wins_over_the_browser(anonymous: TestClient) -> None:
    anonymous.post("/language", data={"language": "ko", "back": "/login"})
    page = anonymous.get("/login", headers={"accept-language": "en"})
    assert "로그인" in page.text


def test_an_unknown_language_changes_nothing(anonymous: TestClient) -> None:
    anonymous.post("/language", data={"language": "../../etc"})
    assert '<html lang="en"' in anonymous.get("/login").text


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil", "x", "/a\nb"]
)
def test_back_leads_to_us_only(path: str) -> None:
    assert safe_path(path) == "/"


def test_back_keeps_our_paths() -> None:
    assert safe_path("/jobs?status=running") == "/jobs?status=running"

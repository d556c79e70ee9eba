"""Headers and cookies as attackers write them."""

import json
import tracemalloc
from base64 import urlsafe_b64encode

import pytest
from starlette.testclient import TestClient

from app.web.render import FLASH_COOKIE


def flash(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"{FLASH_COOKIE}={urlsafe_b64encode(raw).decode()}"


@pytest.mark.parametrize("origin", ["http://[", "null", "", "://", "http://testserver.evil", "x"])
def test_an_origin_that_is_not_ours(ed: TestClient, origin: str) -> None:
    del ed.headers["sec-fetch-site"]
    assert ed.post("/theme", headers={"origin": origin}).status_code == 403
    assert ed.post("/theme", headers={"origin": "http://testserver"}).status_code == 303


@pytest.mark.parametrize(
    "language", ["x" * 30_000, ",,;q=nan", "*", "-", "ko;q=inf,en;q=nan", "../../ko", "ko-KR-@;q"]
)
def test_an_odd_language(anonymous: TestClient, language: str) -> None:
    assert anonymous.get("/login", headers={"accept-language": language}).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 20_000,
        b"\xff",
        [1],
        {"sentence": ["a"], "params": {}},
        {"sentence": "The role was changed.", "params": [1]},
        {"sentence": "The role was changed.", "params": {"1": {}}},
        {"sentence": "{name} can sign in now.", "params": {}},
    ],
)
def test_a_flash_that_nobody_wrote(anonymous: TestClient, content: object) -> None:
    page = anonymous.get("/login", headers={"cookie": flash(content)})
    assert page.status_code == 200


def test_a_flash_says_only_sentences_of_ours(anonymous: TestClient) -> None:
    foreign = flash({"sentence": "Mail your password to Mallory.", "params": {}})
    assert "Mallory" not in anonymous.get("/login", headers={"cookie": foreign}).text
    named = flash({"sentence": "{name} can sign in now.", "params": {"name": "<b>\ud800"}})
    page = anonymous.get("/login", headers={"cookie": named}).text
    assert "&lt;b&gt;? can sign in now." in page


def test_a_flash_does_not_fill_the_memory(anonymous: TestClient) -> None:
    wide = flash({"sentence": "{name:>300000000}", "params": {"name": "x"}})
    tracemalloc.start()
    assert anonymous.get("/login", headers={"cookie": wide}).status_code == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000

"""Everything works under a sub-path, whether the proxy in front takes it off or leaves it on."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.config import Settings
from app.core.context import Context
from app.main import create_app
from tests.conftest import PASSWORD
from tests.datasets.uploads import check, reviews
from tests.uploads.sending import about, append, finish

ROOT = "/tune"
MOST_ADDRESSES = 300
# More than other requests may bring.
CHUNK = 2_500_000
READ = {"href", "src", "hx-get"}
ADDRESS = re.compile(
    r"""\s(href|src|action|hx-(?:get|post)|hx-sse:connect|formaction|figure-url)="([^"#]+)\""""
)


class Proxy:
    def __init__(self, app: ASGIApp, *, strips: bool) -> None:
        self.app, self.strips = app, strips

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.strips:
            path = scope["path"].removeprefix(ROOT) or "/"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    app = create_app(settings.model_copy(update={"root_path": ROOT}))
    yield app
    app.state.context.db.close()


@pytest.fixture(params=[True, False], ids=["stripped", "left on"])
def browser(app: FastAPI, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(Proxy(app, strips=request.param), follow_redirects=False) as client:
        client.headers["sec-fetch-site"] = "same-origin"
        yield client


def sign_in(browser: TestClient) -> str:
    answer = browser.post(f"{ROOT}/login", data={"name": "Ada", "password": PASSWORD})
    assert answer.headers["location"] == f"{ROOT}/"
    return str(answer.headers["set-cookie"])


def fill(browser: TestClient, context: Context) -> None:
    """A checked dataset, so that more pages have something to link to."""
    files = {"file": ("reviews.jsonl", reviews(20), "application/octet-stream")}
    answer = browser.post(f"{ROOT}/datasets", files=files)
    assert answer.headers["location"] == f"{ROOT}/datasets/1/versions/1"
    check(context)


def crawl(browser: TestClient) -> dict[str, int]:
    """Every address a reader can come to by clicking, with its status."""
    found: dict[str, int] = {}
    waiting = {f"{ROOT}/"}
    while waiting and len(found) < MOST_ADDRESSES:
        address = waiting.pop()
        answer = browser.get(address)
        found[address] = answer.status_code
        assert answer.headers.get("location", ROOT).startswith(ROOT), address
        if answer.headers.get("content-type", "").startswith("text/html"):
            waiting |= links_in(answer.text, address) - set(found)
    return found


def links_in(page: str, address: str) -> set[str]:
    """Those that are read; all have to lead below the sub-path."""
    links = set()
    for kind, linked in ADDRESS.findall(page):
        target = urljoin(address, unescape(linked))
        if urlsplit(target).scheme:
            continue
        assert target.startswith(f"{ROOT}/"), f"{linked} on {address}"
        if kind in READ and "/live" not in target:
            links.add(target)
    return links


@pytest.mark.slow
def test_every_link_works(browser: TestClient, context: Context) -> None:
    sign_in(browser)
    fill(browser, context)
    found = crawl(browser)
    assert len(found) > 30
    assert any("/static/" in address for address in found)
    assert {address: status for address, status in found.items() if status >= 400} == {}


def test_cookies_stay_below_it(browser: TestClient) -> None:
    assert f"path={ROOT};" in sign_in(browser).lower().replace("; ", ";") + ";"
    chosen = browser.post(f"{ROOT}/theme", data={"theme": "dark", "back": "/jobs"})
    assert chosen.headers["location"] == f"{ROOT}/jobs"
    assert "Path=/tune" in chosen.headers["set-cookie"]
    left = browser.post(f"{ROOT}/logout")
    assert left.headers["location"] == f"{ROOT}/login"
    assert "Path=/tune" in left.headers["set-cookie"]
    assert browser.get(f"{ROOT}/account").headers["location"] == f"{ROOT}/login"


def test_answers_for_htmx_lead_below_it(browser: TestClient) -> None:
    sign_in(browser)
    moved = browser.post(f"{ROOT}/datasets/sample", headers={"hx-request-type": "partial"})
    assert moved.headers["hx-redirect"].startswith(f"{ROOT}/datasets/")


def test_uploads_go_on_below_it(browser: TestClient) -> None:
    sign_in(browser)
    data = reviews(30_000)
    assert f'data-uploads="{ROOT}/uploads"' in browser.get(f"{ROOT}/datasets/new").text
    path = f"{ROOT}{begun_below(browser, data)}"
    for offset in range(0, len(data), CHUNK):
        answer = append(browser, path, offset, data[offset : offset + CHUNK])
    assert answer.json()["offset"] == len(data)
    moved = finish(browser, path.rsplit("/", 1)[-1], to=f"{ROOT}/imports")
    assert moved.headers["location"] == f"{ROOT}/datasets/1/versions/1"


def begun_below(browser: TestClient, data: bytes) -> str:
    return f"/uploads/{browser.post(f'{ROOT}/uploads', json=about(data)).json()['id']}"


@pytest.mark.parametrize("path", ["/healthz", f"{ROOT}/healthz"])
def test_health_is_asked_for_directly(app: FastAPI, path: str) -> None:
    with TestClient(app) as client:
        assert client.get(path).status_code == 200

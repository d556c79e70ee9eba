"""What holds for every answer: policy, caching, cookies; and for every command: its own pages."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.config import Settings
from app.jobs.models import Job
from app.main import create_app
from tests.conftest import PASSWORD
from tests.house.test_routes import is_command, walk

PAGES = ["/", "/jobs", "/jobs/{id}", "/jobs/{id}?tab=events", "/datasets", "/datasets/1"]
PAGES += ["/connections", "/users", "/audit", "/playground", "/account", "/nowhere", "/jobs/4711"]
DOWNLOADS = ["/jobs/{id}/metrics.csv", "/jobs/{id}/events.jsonl", "/datasets/1/versions/1/download"]


def commands(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in walk(app.routes):
        if is_command(route):
            for method in route.methods or ():
                path = route.path.replace(":int}", "}")
                yield method, path.replace("{", "").replace("}", "").replace("_id", "")


def test_no_command_is_taken_from_another_site(app: FastAPI, ada: TestClient) -> None:
    taken = [
        (method, path)
        for method, path in commands(app)
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "", "origin": "https://evil.example"},
        )
        if ada.request(method, path, headers=headers).status_code != 403
    ]
    assert len(list(commands(app))) > 20
    assert taken == []


@pytest.mark.parametrize("path", PAGES + DOWNLOADS)
def test_private_answers_are_framed_by_nobody_and_kept_by_nobody(
    ada: TestClient, job: Job, path: str
) -> None:
    answer = ada.get(path.format(id=job.id))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    caching = answer.headers.get("cache-control", "")
    assert "no-store" in caching or "private" in caching, caching
    assert "public" not in caching


def test_downloads_are_files_and_no_pages(ada: TestClient, job: Job) -> None:
    for path in DOWNLOADS:
        answer = ada.get(path.format(id=job.id))
        assert answer.status_code == 200, path
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "html" not in answer.headers["content-type"]


def test_a_sign_in_gets_a_name_of_its_own(anonymous: TestClient) -> None:
    """One that was set before is worth nothing after."""
    anonymous.cookies.set("tuneboard_session", "chosen-by-somebody-else")
    answer = anonymous.post("/login", data={"name": "Vi", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "chosen-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_sign_in_stays_there(settings: Settings) -> None:
    secure = create_app(settings.model_copy(update={"https_only": True}))
    with TestClient(secure, base_url="https://testserver", follow_redirects=False) as client:
        answer = client.post("/login", data={"name": "Vi", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/x\r\nset-cookie: a=b",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aset-cookie:a=b",
    ],
)
@pytest.mark.parametrize("path", ["/theme", "/language"])
def test_nobody_is_led_away(anonymous: TestClient, path: str, back: str) -> None:
    answer = anonymous.post(path, data={"theme": "dark", "language": "en", "back": back})
    assert answer.headers["location"] in {"/", "/%0d%0aset-cookie:a=b", "/%250d%250aset-cookie:a=b"}
    assert "a=b" not in answer.headers["set-cookie"]

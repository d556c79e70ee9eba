"""A real server, a real Chromium, and pages that fail their test when the browser complains.

The browser is the one the environment's CHROMIUM names, else the system's; without any these
tests are skipped.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    sync_playwright,
)
from playwright.sync_api import Error as BrowserError

from app.connections.models import Connection
from app.connections.service import ensure_engine_connection
from app.core.context import Context
from app.worker import Worker
from tests.conftest import sign_in
from tests.engine_fixture import EngineServer
from tests.live import LiveServer, serve_in_thread

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
HEIGHT = 900
# Chromium writes this for every answer from 400 on; those that matter are looked at themselves.
REFUSED_LOAD = "Failed to load resource"
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

Problems = list[str]
PageFor = Callable[..., Page]


@pytest.fixture
def open_windows() -> list[BrowserContext]:
    """Closed before the server stops: a page complains when its stream breaks off."""
    return []


@pytest.fixture
def live_server(
    app: FastAPI, context: Context, open_windows: list[BrowserContext]
) -> Iterator[LiveServer]:
    """The application on a port of its own, with its worker at work."""
    worker = Worker(context)
    with serve_in_thread(app) as server:
        worker.start()
        yield server
        close_all(open_windows)
        worker.stop()


@pytest.fixture(scope="session")
def engine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    with EngineServer(tmp_path_factory.mktemp("engine"), step_seconds=0.01) as engine:
        yield engine


@pytest.fixture
def engine_connection(context: Context, engine_server: EngineServer) -> Connection:
    """The engine as the built-in connection."""
    with context.db.write() as session:
        return ensure_engine_connection(
            session, context.secrets, engine_server.url, engine_server.key
        )


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM", "")
    known = [named, "/usr/bin/chromium", shutil.which("chromium"), shutil.which("google-chrome")]
    return next((path for path in known if path and Path(path).is_file()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_chromium()
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except BrowserError as error:
            pytest.skip(f"no Chromium to drive: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def problems() -> Problems:
    """What browsers complained about; a test that causes some on purpose takes them out."""
    return []


@pytest.fixture
def new_page(
    browser: Browser, problems: Problems, open_windows: list[BrowserContext]
) -> Iterator[PageFor]:
    def make(width: int = 1440, *, dark: bool = False, language: str = "en-US") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if dark else "light",
            locale=language,
        )
        open_windows.append(context)
        context.add_init_script(REPORT_VIOLATIONS)
        page = context.new_page()
        watch(page, problems)
        return page

    yield make
    close_all(open_windows)
    assert problems == []


def close_all(windows: list[BrowserContext]) -> None:
    while windows:
        windows.pop().close()


@pytest.fixture
def page(new_page: PageFor) -> Page:
    return new_page()


@pytest.fixture
def page_for(new_page: PageFor, live_server: LiveServer, context: Context) -> PageFor:
    """A page of the named person, signed in: `page_for("Ed", width=390, dark=True)`."""

    def make(name: str, width: int = 1440, *, dark: bool = False, language: str = "en-US") -> Page:
        page = new_page(width, dark=dark, language=language)
        token = sign_in(context, name)
        cookie: Any = {"name": "tuneboard_session", "value": token, "url": live_server.url}
        page.context.add_cookies([cookie])
        return page

    return make


def watch(page: Page, problems: Problems) -> None:
    page.on("console", lambda message: _note_message(message, problems))
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("response", lambda answer: _note_answer(answer, problems))


def _note_message(message: ConsoleMessage, problems: Problems) -> None:
    if message.type in {"error", "warning"} and not message.text.startswith(REFUSED_LOAD):
        problems.append(f"{message.type}: {message.text}")


def _note_answer(answer: Response, problems: Problems) -> None:
    """A refusal may be what a test is about; a failure or a missing file never is."""
    if answer.status >= 500 or (answer.status >= 400 and "/static/" in answer.url):
        problems.append(f"{answer.status}: {answer.url}")

"""Large files sent from the page: the connection breaks, the page is closed, windows compete."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, Request, Route, expect

from app.core.config import Settings
from app.core.context import Context
from app.main import create_app
from tests.browser.conftest import PageFor
from tests.datasets.uploads import reviews, version_at
from tests.live import LiveServer

SECONDS = 1000
CHUNK = 64 * 1024
DATA = reviews(6_000)
CHUNKS = -(-len(DATA) // CHUNK)
HALF = CHUNKS // 2

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """Sent in small pieces, so that there is a middle."""
    app = create_app(settings.model_copy(update={"upload_chunk_bytes": CHUNK}))
    yield app
    app.state.context.db.close()


@dataclass
class Line:
    """Between browser and server: notes chunks, lets `passing` through, then breaks or hangs."""

    passing: int | None = None
    is_hanging: bool = False
    offsets: list[int] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.route("**/uploads/*", self.carry)

    def carry(self, route: Route, request: Request) -> None:
        if self.passing is not None and len(self.offsets) >= self.passing:
            self.stop(route)
            return
        if request.method == "PATCH":
            self.offsets.append(int(request.headers["upload-offset"]))
        route.continue_()

    def stop(self, route: Route) -> None:
        if self.is_hanging:
            self.held.append(route)
        else:
            route.abort("connectionreset")

    def cut(self) -> None:
        """What hangs will not arrive: a page that closes would let it through."""
        while self.held:
            self.held.pop().abort("connectionreset")

    def restore(self) -> None:
        self.passing = None
        self.cut()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "리뷰 reviews.jsonl"
    path.write_bytes(DATA)
    return path


def choose(page: Page, server: LiveServer, path: Path) -> None:
    page.goto(f"{server.url}/datasets/new")
    page.locator("input[type=file]").set_input_files(path)


def start(page: Page, server: LiveServer, path: Path, name: str = "Large") -> None:
    choose(page, server, path)
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Upload and check").click()


def expect_version(page: Page, context: Context, name: str = "Large") -> None:
    expect(page.get_by_role("heading", name=f"{name} @1")).to_be_visible(timeout=30 * SECONDS)
    version = version_at(context.db, "/datasets/1/versions/1")
    assert context.storage.path(version.sha256).read_bytes() == DATA


def expect_said(page: Page, sentence: str) -> None:
    expect(page.locator(".upload__said")).to_contain_text(sentence, timeout=20 * SECONDS)


def test_it_goes_on_by_itself_when_the_connection_is_back(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    page, line = page_for("Ed"), Line(passing=HALF)
    line.watch(page)
    start(page, live_server, path)
    expect_said(page, "Connection lost. Going on by itself…")
    assert page.locator("progress").evaluate("bar => bar.value") == pytest.approx(
        HALF * CHUNK / len(DATA)
    )
    page.get_by_label("Name").fill("Named meanwhile")
    line.restore()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_version(page, context, "Named meanwhile")
    assert line.offsets == list(range(0, len(DATA), CHUNK))


def test_without_any_network(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    page = page_for("Ed")
    choose(page, live_server, path)
    page.context.set_offline(True)
    page.get_by_role("button", name="Upload and check").click()
    expect_said(page, "Connection lost. Going on by itself…")
    page.context.set_offline(False)
    expect_version(page, context, "리뷰 reviews")


def test_after_a_closed_page_the_same_file_goes_on(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    first, line = page_for("Ed"), Line(passing=HALF, is_hanging=True)
    line.watch(first)
    start(first, live_server, path)
    expect(first.locator("progress")).to_have_js_property("value", HALF * CHUNK / len(DATA))
    line.cut()
    first.close()
    later, rest = page_for("Ed", width=390, dark=True), Line()
    rest.watch(later)
    later.goto(f"{live_server.url}/datasets/new")
    expect(later.locator("#open-uploads")).to_contain_text(
        f"The upload of 리뷰 reviews.jsonl stopped at {100 * HALF * CHUNK // len(DATA)}%."
    )
    later.locator("input[type=file]").set_input_files(path)
    expect_version(later, context)
    assert rest.offsets == list(range(HALF * CHUNK, len(DATA), CHUNK))


def test_pause_go_on_and_cancel(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    page, line = page_for("Ed"), Line(passing=HALF, is_hanging=True)
    line.watch(page)
    start(page, live_server, path)
    expect(page.locator("progress")).to_have_js_property("value", HALF * CHUNK / len(DATA))
    page.get_by_role("button", name="Pause").click()
    expect_said(page, "Paused.")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    line.passing, line.offsets = 2, []
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("progress")).to_have_js_property("value", (HALF + 2) * CHUNK / len(DATA))
    line.restore()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Cancelled. Nothing was kept.")
    expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()
    page.reload()
    expect(page.locator("#open-uploads[hx-get]")).to_have_count(0)
    expect(page.locator("#open-uploads .strip")).to_have_count(0)


def test_a_refused_form_sends_nothing_twice(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path, tmp_path: Path
) -> None:
    page, line = page_for("Ed"), Line()
    other = tmp_path / "other.jsonl"
    other.write_bytes(reviews(3))
    start(page, live_server, path)
    expect_version(page, context)
    line.watch(page)
    start(page, live_server, other)
    expect(page.get_by_role("alert")).to_contain_text("There is a dataset of this name already.")
    page.get_by_label("Name").fill("Other")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="Other @1")).to_be_visible(timeout=20 * SECONDS)
    assert line.offsets == [0]


def test_two_windows_end_on_the_same_version(
    page_for: PageFor,
    live_server: LiveServer,
    context: Context,
    path: Path,
) -> None:
    one, other = page_for("Ed"), page_for("Ed")
    line = Line(passing=HALF, is_hanging=True)
    line.watch(one)
    start(one, live_server, path)
    expect(one.locator("progress")).to_have_js_property("value", HALF * CHUNK / len(DATA))
    other.goto(f"{live_server.url}/datasets/new")
    expect(other.locator("#open-uploads")).to_contain_text("Choose the same file to go on.")
    other.locator("input[type=file]").set_input_files(path)
    expect_version(other, context)
    line.restore()
    expect_version(one, context)
    assert len(line.offsets) == HALF


def test_without_scripts_the_form_is_plain(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    page = page_for("Ed")
    page.route(
        "**/static/js/**", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    start(page, live_server, path)
    expect_version(page, context)


def test_a_stopped_upload_can_be_discarded(
    page_for: PageFor, live_server: LiveServer, context: Context, path: Path
) -> None:
    page, line = page_for("Ed"), Line(passing=2, is_hanging=True)
    line.watch(page)
    start(page, live_server, path)
    expect(page.locator("progress")).to_have_js_property("value", 2 * CHUNK / len(DATA))
    page.reload()
    line.restore()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#open-uploads .strip")).to_have_count(0)
    assert list((context.storage.root / "incoming").iterdir()) == []

"""What a person does, from signing in to asking the tuned model, on a wide screen and a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.connections.models import Connection
from app.core.config import resource_dir
from app.core.context import Context
from app.worker import do_all_due
from tests.browser.conftest import PageFor
from tests.conftest import PASSWORD
from tests.live import LiveServer

REVIEWS = resource_dir("samples") / "reviews.jsonl"
SECONDS = 1000
POINTS = """() => Math.max(0, ...[...document.querySelectorAll("plot-figure .js-plotly-plot")]
  .flatMap((plot) => plot.data.map((trace) => trace.x.length)))"""

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def person(
    new_page: PageFor, live_server: LiveServer, engine_connection: Connection, context: Context
) -> PageFor:
    """Somebody at the sign-in page of a dashboard whose engine has told its models."""
    do_all_due(context)

    def arrive(width: int, *, dark: bool) -> Page:
        page = new_page(width, dark=dark)
        page.goto(f"{live_server.url}/")
        return page

    return arrive


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_from_signing_in_to_asking_the_tuned_model(
    person: PageFor, width: int, dark: bool, tmp_path: Path
) -> None:
    page = person(width, dark=dark)
    sign_in(page)
    upload(page, REVIEWS)
    read_report(page)
    create_job(page, "stars")
    watch_chart_move(page)
    expect_status(page, "succeeded")
    job = page.url
    create_another(page, "to be cancelled")
    cancel(page)
    page.goto(job)
    ask_tuned_model(page)


def sign_in(page: Page) -> None:
    page.get_by_label("Name").fill("Ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def upload(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Upload a dataset").click()
    page.get_by_label("Name").fill("리뷰 Reviews")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="리뷰 Reviews @1")).to_be_visible(timeout=20 * SECONDS)


def read_report(page: Page) -> None:
    """The page comes to its verdict by itself."""
    expect(page.locator(".status--ready, .status--warning").first).to_be_visible(
        timeout=60 * SECONDS
    )
    expect(page.get_by_text("24,945").first).to_be_visible()
    expect(page.locator("plot-figure .js-plotly-plot").first).to_be_visible()
    no_sideways_scroll(page)


def create_job(page: Page, name: str) -> None:
    page.get_by_role("link", name="Start a job").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible()
    name_and_create(page, name)


def name_and_create(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=False).last.fill(name)
    if page.get_by_label("Why they do not matter").is_visible():
        page.get_by_label("Why they do not matter").fill("the sample is enough")
        page.locator("input[name=accepted]").check()
    page.get_by_role("button", name="Create the job").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def watch_chart_move(page: Page) -> None:
    """Points arrive while nobody touches the page."""
    first = wait_for_points(page, 5)
    wait_for_points(page, first + 1)
    no_sideways_scroll(page)


def wait_for_points(page: Page, least: int) -> int:
    """How many points the longest line has, once there are so many."""
    for _ in range(600):
        if (points := int(page.evaluate(POINTS))) >= least:
            return points
        page.wait_for_timeout(100)
    raise AssertionError(f"the chart never had {least} points")


def expect_status(page: Page, word: str) -> None:
    expect(page.locator(f".head .status--{word}")).to_be_visible(timeout=120 * SECONDS)


def open_action(page: Page, name: str) -> None:
    """On a phone the actions of a page fold into a menu."""
    action = page.locator(".head__actions").get_by_text(name, exact=True)
    if not action.first.is_visible():
        page.locator(".head__actions button[popovertarget]").first.click()
    action.locator("visible=true").first.click()


def create_another(page: Page, name: str) -> None:
    open_action(page, "New from this")
    page.get_by_label("Epochs").fill("50")
    name_and_create(page, name)


def cancel(page: Page) -> None:
    expect_status(page, "running")
    open_action(page, "Cancel")
    page.get_by_role("button", name="Cancel the job").click()
    expect_status(page, "cancelled")


def ask_tuned_model(page: Page) -> None:
    page.get_by_role("link", name="Playground").locator("visible=true").last.click()
    expect(page.locator("textarea[name=system]").first).to_have_value(re.compile("star rating"))
    page.get_by_label("What all models are asked").fill("최고예요! 정말 추천합니다")
    page.get_by_role("button", name="Send").click()
    answer = page.locator("#playground-columns .bubble--assistant").first
    expect(answer).to_have_text(re.compile(r"[1-5]"), timeout=30 * SECONDS)
    no_sideways_scroll(page)


def no_sideways_scroll(page: Page) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0

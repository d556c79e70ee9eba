"""The report in a browser: judged for a provider, a severity decided, kept as one file."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from app.core.context import Context
from tests.browser.conftest import PageFor
from tests.browser.test_whole_path import no_sideways_scroll
from tests.datasets.set_cases import GOOD
from tests.datasets.uploads import jsonl, upload_checked
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAIRS = jsonl(*map(json.dumps, [*GOOD, GOOD[0]]))


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_report_is_judged_decided_and_kept(
    page_for: PageFor,
    live_server: LiveServer,
    ed: TestClient,
    context: Context,
    tmp_path: Path,
    width: int,
    dark: bool,
) -> None:
    page = page_for("Ed", width=width, dark=dark)
    page.goto(live_server.url + upload_checked(ed, context, PAIRS))
    switch = page.get_by_role("navigation", name="Judged for")
    expect(switch.locator("[aria-current]")).to_contain_text("Any compatible server")
    switch.get_by_role("link", name=re.compile("OpenAI blocked")).first.click()
    expect(page.get_by_text("1 broken rule keeps jobs from using it.")).to_be_visible()
    no_sideways_scroll(page)
    decide(page, "duplicate_example", "They weigh more on purpose.")
    no_sideways_scroll(page)
    expect(page.locator("#finding-duplicate_example")).to_contain_text("Ed decided")
    expect(page.get_by_text("No errors and no warnings.")).to_be_visible()
    read_file(page, tmp_path)


def decide(page: Page, rule: str, reason: str) -> None:
    page.locator(f"#finding-{rule}").get_by_role("link", name=f"Severity of {rule}").locator(
        "visible=true"
    ).click()
    page.get_by_label("Severity", exact=True).select_option("info")
    page.get_by_label("Reason").fill(reason)
    no_sideways_scroll(page)
    page.get_by_role("button", name="Change the severity").click()


def read_file(page: Page, folder: Path) -> None:
    """Opened from the disk, under the policy it brings: the browser has nothing to complain of."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report as a page").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    page.goto(path.as_uri())
    expect(page.get_by_role("heading", name="reviews @1")).to_be_visible()
    expect(page.locator(".bars rect").first).to_be_visible()
    expect(page.get_by_text("They weigh more on purpose.")).to_be_visible()
    no_sideways_scroll(page)

"""From a finding of the report to a version that no longer has it."""

import re

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from app.core.context import Context
from tests.browser.conftest import PageFor
from tests.browser.test_whole_path import no_sideways_scroll
from tests.datasets.uploads import chat_row, jsonl
from tests.live import LiveServer
from tests.recipes.preparations import upload_looked_at

SECONDS = 1000
ROWS = [chat_row(f"리뷰 {number}", str(number % 5 + 1)) for number in range(20)]
FOUND = [chat_row("문의는 kim@naver.com 으로", "5"), ROWS[0], ROWS[1]]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_finding_is_fixed_in_a_new_version(
    page_for: PageFor,
    live_server: LiveServer,
    ed: TestClient,
    context: Context,
    width: int,
    dark: bool,
) -> None:
    path = upload_looked_at(ed, context, jsonl(*ROWS, *FOUND))
    page = page_for("Ed", width=width, dark=dark)
    page.goto(f"{live_server.url}{path}")
    finding = page.locator("#finding-duplicate_example")
    finding.get_by_role("link", name="Fix: Leave out exact duplicates").click(timeout=60 * SECONDS)
    see_what_comes_out(page)
    page.get_by_role("button", name="Make the version").click()
    expect(page.locator("#recipes")).to_contain_text("2 lines left out", timeout=30 * SECONDS)
    no_sideways_scroll(page)
    page.locator("#recipes").get_by_role("link", name="@2").click()
    expect(page.locator("#findings")).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator("#finding-duplicate_example")).to_have_count(0)
    page.get_by_role("link", name="Lineage").click()
    expect(page.locator("#recipe-lineage")).to_contain_text("Mask secrets and personal data")


def see_what_comes_out(page: Page) -> None:
    """The fix that the finding named is ticked; another one is added and shown at once."""
    expect(page.get_by_role("checkbox", name=re.compile("exact duplicates"))).to_be_checked()
    expect(page.get_by_role("checkbox", name="Split into training")).not_to_be_checked()
    preview = page.locator("#recipe-preview")
    expect(preview).to_contain_text("2 lines left out")
    mask = page.get_by_role("checkbox", name=re.compile("Mask secrets"))
    if not mask.is_visible():
        page.get_by_text("Other steps").click()
    mask.check()
    expect(preview).to_contain_text("[EMAIL]")
    expect(preview).not_to_contain_text("kim@naver.com")

"""A click on a bar of the report leads to the examples it stands for."""

import re

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from app.core.context import Context
from tests.browser.conftest import PageFor
from tests.datasets.uploads import reviews, upload_checked
from tests.live import LiveServer

PATIENCE = 20_000

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_bars_are_filters(
    page_for: PageFor, live_server: LiveServer, ed: TestClient, context: Context
) -> None:
    path = upload_checked(ed, context, reviews(40))
    page = page_for("Vi")
    page.goto(live_server.url + path)
    bars = page.locator("#labels .bars .point path")
    expect(bars).to_have_count(5, timeout=PATIENCE)
    bars.nth(2).scroll_into_view_if_needed()
    bars.nth(2).hover(force=True)
    expect(page.locator("#labels .hoverlayer text").first).to_be_visible(timeout=PATIENCE)
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"/examples\?label=3$"), timeout=PATIENCE)
    expect(page.locator(".chip")).to_have_text(re.compile("answer: 3"))
    expect(page.locator("article.panel")).to_have_count(8)

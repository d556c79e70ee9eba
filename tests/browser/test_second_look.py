"""What the second look finds joins the open report by itself, without what is private."""

import pytest
from playwright.sync_api import expect
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.leases import claim
from app.datasets.deep.models import DeepCheck
from tests.browser.conftest import PageFor
from tests.browser.test_whole_path import no_sideways_scroll
from tests.datasets.uploads import chat_row, jsonl, upload_checked
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 20_000
SECRET = "sk-proj-abcDEF0123456789abcDEF0123"
ROWS = jsonl(
    chat_row(f"키는 {SECRET} 이에요", "네, 확인했습니다. 바로 폐기해 주세요"),
    *(chat_row(f"질문 {number}번입니다", f"네, {number}번 답변입니다.") for number in range(11)),
)


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    """Of a version that somebody else looks at, before any worker is there."""
    path = upload_checked(ed, context, ROWS)
    with context.db.write() as session:
        claim(session, DeepCheck, owner="somebody else", seconds=600)
    return path


def test_findings_join_the_open_report(
    path: str, context: Context, live_server: LiveServer, page_for: PageFor
) -> None:
    page = page_for("Vi", width=390, dark=True)
    page.goto(live_server.url + path)
    expect(page.get_by_text("A second look is still being taken")).to_be_visible()
    expect(page.locator("#version-1-status")).to_have_text("ready")
    page.evaluate("document.body.dataset.opened = 'once'")
    with context.db.write() as session:
        session.exec(select(DeepCheck)).one().lease_expires_at = 0.0
    expect(page.locator("#finding-secret")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#version-1-status")).to_have_text("ready with warnings")
    expect(page.get_by_text("Ready, with 1 warning.")).to_be_visible()
    expect(page.get_by_text("Speech level of Korean answers").first).to_be_visible()
    expect(page.locator("body[data-opened=once]")).to_have_count(1)
    no_sideways_scroll(page)
    page.locator("#finding-secret").get_by_role("link", name="Show the lines").locator(
        "visible=true"
    ).click()
    expect(page.locator("#line-1")).to_contain_text("[SECRET]")
    expect(page.locator("body")).not_to_contain_text("abcDEF")

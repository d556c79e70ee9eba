"""From a table in an old encoding, and from questions on texts, to a report."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageFor
from tests.browser.test_whole_path import no_sideways_scroll
from tests.imports.test_start_import import SQUAD
from tests.live import LiveServer

SECONDS = 1000
ROWS = 300

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]


def write_table(folder: Path) -> Path:
    """Semicolons, CP949, and names and cells that would harm a careless page."""
    harmful = '"<script>alert(1)</script>";"{{ 7 * 7 }}"'
    rows = "".join(f'리뷰 {n};앱이 "편해요" {n};{n % 5 + 1};{harmful}\n' for n in range(ROWS))
    path = folder / "리뷰.csv"
    path.write_bytes(f'제목;내용;별점;"<b>x</b>";"a|b}}}}"\n{rows}'.encode("cp949"))
    return path


def send(page: Page, server: LiveServer, path: Path) -> None:
    page.goto(f"{server.url}/datasets/new")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.locator("#import-form")).to_be_visible(timeout=30 * SECONDS)


def read_report(page: Page) -> None:
    page.get_by_role("link", name="@1").first.click()
    expect(page.locator(".status--ready, .status--warning").first).to_be_visible(
        timeout=60 * SECONDS
    )
    no_sideways_scroll(page)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_korean_table_becomes_a_report(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path, width: int, dark: bool
) -> None:
    page = page_for("Ed", width=width, dark=dark)
    send(page, live_server, write_table(tmp_path))
    expect(page.get_by_text("The text is in CP949.")).to_be_visible()
    expect(page.get_by_text("300 rows")).to_be_visible(timeout=20 * SECONDS)
    no_sideways_scroll(page)
    page.get_by_label("System prompt").fill("Rate it from 1 to 5.")
    expect(page.locator("#import-preview")).to_contain_text("Rate it from 1 to 5.")
    page.get_by_label("Role of 제목").select_option("system")
    expect(page.get_by_label("System prompt")).to_have_value("Rate it from 1 to 5.\n{{ 제목 }}")
    page.get_by_label("Role of 제목").select_option("")
    expect(page.get_by_label("System prompt")).to_have_value("Rate it from 1 to 5.")
    page.get_by_label("Name of the dataset").fill("한국어 리뷰")
    page.get_by_role("button", name="Import with and without system prompt").click()
    expect(page.get_by_text("without system prompt").first).to_be_visible(timeout=30 * SECONDS)
    expect(page.get_by_text("한국어 리뷰 @2")).to_be_visible()
    read_report(page)
    expect(page.get_by_role("heading", name="한국어 리뷰 @1")).to_be_visible()
    page.get_by_role("link", name="Lineage").click()
    expect(page.get_by_text("리뷰.csv").first).to_be_visible()


def test_a_template_that_is_wrong_is_said_while_typing(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path
) -> None:
    page = page_for("Ed")
    send(page, live_server, write_table(tmp_path))
    user = page.locator("#field-user")
    user.fill("{{ 없음 }}")
    expect(page.locator("#error-user")).to_have_text("There is no column “없음”.")
    user.press_sequentially(" and more")
    expect(user).to_have_value("{{ 없음 }} and more")
    expect(user).to_be_focused()
    user.fill("{{ 내용 | truncate:3 }}")
    expect(page.locator("#error-user")).to_have_count(0)
    expect(page.locator("#import-preview")).to_contain_text("앱이")
    page.get_by_label("Rows become").select_option("completion")
    expect(page.locator("#field-prompt")).to_have_value("{{ 내용 | truncate:3 }}")


def test_a_late_answer_overwrites_nothing(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path
) -> None:
    """The first preview is held back until the second one is there."""
    page = page_for("Ed")
    send(page, live_server, write_table(tmp_path))
    held: list[Route] = []
    page.route("**/preview", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/preview"):
        page.get_by_label("System prompt").fill("Rate it.")
    page.get_by_label("Role of 제목").select_option("system")
    expect(page.get_by_label("System prompt")).to_have_value("Rate it.\n{{ 제목 }}")
    held[0].continue_()
    page.get_by_label("Type of 별점").select_option(label="Number")
    expect(page.locator("#import-preview")).to_contain_text("Rate it. 리뷰 0")
    expect(page.get_by_label("System prompt")).to_have_value("Rate it.\n{{ 제목 }}")
    expect(page.get_by_label("Role of 제목")).to_have_value("system")


def test_fields_for_graders_and_a_mapping_pasted(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path
) -> None:
    page = page_for("Ed", width=390)
    send(page, live_server, write_table(tmp_path))
    page.get_by_label("Rows become").select_option("reinforcement")
    page.get_by_label("Role of 별점").select_option("fields")
    expect(page.locator("#field-field_0_text")).to_have_value("{{ 별점 }}")
    page.locator("#field-field_1_name").fill("place")
    page.locator("#field-field_1_text").fill("{{ 제목 }}")
    expect(page.locator("#import-preview")).to_contain_text("place")
    expect(page.locator("#field-field_2_name")).to_be_visible()
    no_sideways_scroll(page)
    page.get_by_text("Paste a mapping or choose its file").click()
    page.get_by_label("Mapping", exact=True).fill("target: chat\nuse: x")
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_text("Line 2: there is no key “use” in a mapping.")).to_be_visible()


def test_an_import_is_mapped_again(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path
) -> None:
    page = page_for("Ed")
    send(page, live_server, write_table(tmp_path))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("리뷰 @1")).to_be_visible(timeout=30 * SECONDS)
    page.get_by_role("button", name="Map it again").click()
    page.get_by_role("button", name="For a new version of 리뷰").click()
    page.get_by_label("System prompt").fill("Again.")
    expect(page.locator("#import-preview")).to_contain_text("Again.")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("리뷰 @2")).to_be_visible(timeout=30 * SECONDS)


def test_questions_on_texts_need_one_click(
    page_for: PageFor, live_server: LiveServer, tmp_path: Path
) -> None:
    path = tmp_path / "KorQuAD.json"
    path.write_text(json.dumps(SQUAD, ensure_ascii=False), "utf-8")
    page = page_for("Ed")
    send(page, live_server, path)
    expect(page.get_by_text("The file needs no mapping")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("KorQuAD @1")).to_be_visible(timeout=30 * SECONDS)
    expect(page.get_by_text("1 of 3 rows")).to_be_visible()

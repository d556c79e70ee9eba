"""The custom elements in a real browser, on the page that shows them all."""

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, Route, expect

from app.core.context import Context
from tests.conftest import sign_in

pytestmark = pytest.mark.browser

DRAWN = "() => [...document.querySelectorAll('plot-figure')].every(figure => figure.drawn)"
TRACES = "() => document.querySelector('#sample-loss').canvas.data.map(trace => trace.x.length)"
STREAM = "data => document.dispatchEvent(new CustomEvent('metric', {detail: {data}}))"
STROKE = "() => getComputedStyle(document.querySelector('#sample-tokens .point path')).fill"


class Server(Protocol):
    url: str


@pytest.fixture
def guide(page: Page, live_server: Server, context: Context) -> Page:
    """The style guide, signed in, its charts drawn."""
    token = sign_in(context, "Ada")
    cookie: Any = {"name": "tuneboard_session", "value": token, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(f"{live_server.url}/styleguide")
    page.wait_for_function(DRAWN)
    return page


def answer_posts(page: Page, *, status: int, body: str = "", headers: dict[str, str]) -> list[str]:
    """Stands in for the server on POST; the list fills with what was posted."""
    posted: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        posted.append(route.request.url)
        route.fulfill(status=status, body=body, headers={"content-type": "text/html"} | headers)

    page.route("**/styleguide", answer)
    return posted


def test_the_slider_smooths_and_stands_in_the_address(guide: Page) -> None:
    legend = guide.locator("#sample-loss-panel [data-legend]")
    expect(legend).to_contain_text("training, smoothed 0.60")
    guide.click("[popovertarget=sample-loss-tools]")
    guide.locator("#sample-loss-tools [data-tool=smoothing]").fill("0.9")
    expect(legend).to_contain_text("training, smoothed 0.90")
    assert "smoothing=0.9" in guide.url
    guide.reload()
    guide.wait_for_function(DRAWN)
    expect(legend).to_contain_text("training, smoothed 0.90")
    expect(guide.locator("#sample-loss-tools output")).to_have_text("0.90")


def test_the_x_axis_counts_steps_or_epochs(guide: Page) -> None:
    guide.click("[popovertarget=sample-loss-tools]")
    guide.locator("#sample-loss-tools [data-tool=unit]").select_option("epoch")
    last = "() => document.querySelector('#sample-loss').canvas.data[0].x.at(-1)"
    assert guide.evaluate(last) == pytest.approx(3)


def test_the_logarithmic_axis_is_one_charts_own(guide: Page) -> None:
    guide.click("[popovertarget=sample-loss-tools]")
    guide.locator("#sample-loss-tools [data-tool=log]").check()
    types = "id => document.querySelector(id).canvas.layout.yaxis.type"
    guide.wait_for_function(f"({types})('#sample-loss') === 'log'")
    assert guide.evaluate(types, "#sample-tokens") != "log"


def test_a_live_point_makes_the_curve_longer_and_zoom_survives(guide: Page) -> None:
    raw, smoothed, validation = guide.evaluate(TRACES)
    assert raw == smoothed > validation
    guide.evaluate(
        "Plotly.relayout(document.querySelector('#sample-loss').canvas, {'xaxis.range': [10, 20]})"
    )
    point = {"figure": "sample-loss", "x": [[61, 62], [61]], "y": [[0.4, 0.3], [0.5]]}
    guide.evaluate(STREAM, json.dumps(point))
    guide.wait_for_function(f"({TRACES})()[0] === {raw + 2}")
    assert guide.evaluate(TRACES) == [raw + 2, smoothed + 2, validation + 1]
    range_now = guide.evaluate("document.querySelector('#sample-loss').canvas.layout.xaxis.range")
    assert range_now == [10, 20]


def test_charts_follow_the_theme_and_the_choice_is_kept(guide: Page) -> None:
    light = guide.evaluate(STROKE)
    with guide.expect_response("**/theme"):
        guide.click("theme-switch button[value=dark]")
    guide.wait_for_function(f"({STROKE})() !== '{light}'")
    guide.reload()
    assert guide.locator("html").get_attribute("data-theme") == "dark"


def test_pictures_and_points_can_be_downloaded(guide: Page, tmp_path: Path) -> None:
    sizes = {}
    for tool in ("png", "svg", "csv"):
        guide.click("[popovertarget=sample-loss-tools]")
        with guide.expect_download() as download:
            guide.click(f"#sample-loss-tools [data-tool={tool}]")
        assert download.value.suggested_filename == f"sample-loss.{tool}"
        download.value.save_as(tmp_path / tool)
        sizes[tool] = (tmp_path / tool).stat().st_size
    assert (tmp_path / "png").read_bytes().startswith(b"\x89PNG")
    assert "training" in (tmp_path / "csv").read_text()
    assert min(sizes.values()) > 1000


def test_nothing_is_posted_before_it_is_confirmed(guide: Page) -> None:
    posted = answer_posts(guide, status=204, headers={})
    guide.click("#sample-actions >> text=Cancel")
    dialog = guide.locator("#sample-cancel")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("A cancelled job cannot be resumed.")
    guide.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert posted == []
    guide.click("#sample-actions >> text=Cancel")
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(dialog).to_be_hidden()
    assert len(posted) == 1


def test_keys_open_search_walk_and_list(guide: Page) -> None:
    guide.keyboard.press("j")
    guide.keyboard.press("j")
    guide.keyboard.press("x")
    ticked = "() => [...document.querySelectorAll('[data-rows] input')].map(box => box.checked)"
    assert guide.evaluate(ticked) == [False, True, False]
    guide.keyboard.press("/")
    expect(guide.locator("[data-search]")).to_be_focused()
    guide.keyboard.type("?gj")
    expect(guide.locator("[data-search]")).to_have_value("?gj")
    guide.locator("#main").focus()
    guide.keyboard.press("?")
    shortcuts = guide.locator("#shortcuts")
    expect(shortcuts).to_be_visible()
    expect(shortcuts.locator("[data-found]")).to_contain_text("Playground")
    guide.keyboard.press("Escape")
    with guide.expect_navigation(url="**/account", wait_until="networkidle"):
        guide.evaluate("document.querySelector('[href$=\"/account\"]').dataset.key = 'g y'")
        guide.keyboard.press("g")
        guide.keyboard.press("y")


def test_a_chosen_file_is_named(guide: Page, tmp_path: Path) -> None:
    chosen = tmp_path / "reviews.jsonl"
    chosen.write_text('{"messages": []}\n' * 100)
    guide.set_input_files("#field-upload", chosen)
    expect(guide.locator(".drop__chosen")).to_contain_text("reviews.jsonl · 1.7 kB")
    expect(guide.locator("#sample-upload .upload__bar")).to_be_hidden()


def test_an_id_is_copied_whole(guide: Page) -> None:
    guide.context.grant_permissions(["clipboard-read", "clipboard-write"])
    guide.locator("copy-button").first.get_by_role("button").click()
    expect(guide.locator("copy-button").first).to_have_class("is-done")
    assert guide.evaluate("navigator.clipboard.readText()") == "ftjob-HZ81kfmQaaBbq8Lk"


def test_a_disabled_button_explains_itself_to_the_keyboard(guide: Page) -> None:
    guide.get_by_role("button", name="Compare").focus()
    expect(guide.get_by_text("Choose at least two jobs.")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_sticks_out_sideways(guide: Page, language: str) -> None:
    cookie: Any = {"name": "tuneboard_language", "value": language, "url": guide.url}
    guide.context.add_cookies([cookie])
    guide.reload()
    guide.wait_for_function(DRAWN)
    widths = {}
    for width in (320, 390, 768, 1440):
        guide.set_viewport_size({"width": width, "height": 844})
        widths[width] = guide.evaluate("document.documentElement.scrollWidth")
    assert all(found <= width for width, found in widths.items()), widths
    assert guide.locator("html").get_attribute("lang") == language


def test_on_a_phone_navigation_and_actions_fold(guide: Page) -> None:
    guide.set_viewport_size({"width": 390, "height": 844})
    jobs, more = guide.locator("#nav >> text=Jobs"), guide.locator("#sample-actions")
    expect(jobs).to_be_hidden()
    guide.get_by_role("button", name="Menu").click()
    expect(jobs).to_be_visible()
    guide.keyboard.press("Escape")
    expect(jobs).to_be_hidden()
    expect(more).to_be_hidden()
    guide.get_by_role("button", name="More actions").click()
    expect(more.get_by_text("New from this")).to_be_visible()

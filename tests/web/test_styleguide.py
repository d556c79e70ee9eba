"""Every component on one page, and every macro safe with strings that attack it."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2.runtime import Macro
from markupsafe import escape
from starlette.testclient import TestClient

from app.core.actor import Role
from app.web.forms import Form
from app.web.render import environment

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}</textarea>"""
H = HOSTILE


def hostile_form() -> Form:
    form = Form()
    form.values = {H: H}
    form.errors = {H: H, "": H}
    return form


FORM = hostile_form()
OPTION = {"value": H, "label": H, "text": H, "badge": H}
# What each macro is called with; every string of it attacks.
CALLS: dict[str, list[Any]] = {
    "icon": ["home", False, H],
    "button": [H, H, "", H, H, H, H, H],
    "icon_button": [H, "close", H],
    "command": [H, H, "trash", H, {H: H}],
    "shows_dialog": [H, H],
    "status": [H, H],
    "tag": [H, H],
    "tip": [H],
    "panel": [H, H, H, H],
    "facts": [[(H, H)]],
    "raw": [H, H],
    "code": [H],
    "page_head": [H, H, [H]],
    "crumbs": [[(H, H), (H, "")]],
    "figures": [H],
    "figure": [H, H, H],
    "progress": [0.5, 1, H, H],
    "share": [1, 2, H],
    "sparkline": [H, H, H],
    "flash": [H],
    "strip": [H, H, H],
    "tabs": [[(H, H, H, 3)], H, H],
    "pager": [2, 3, H, 140],
    "cursor_pager": [H, H],
    "table": [H, [(H, H)], True, H],
    "sort_head": [H, H, H, H],
    "field": [FORM, H, H, H, H, H, False, H],
    "textarea": [FORM, H, H, H, H],
    "select": [FORM, H, H, {H: [(H, H)]}, H, H],
    "checkbox": [FORM, H, H, H, True, H],
    "choices": [FORM, H, H, [OPTION], H, H],
    "whole_form_error": [FORM],
    "step": [H, H, H, True, H],
    "filter_bar": [H],
    "search_field": [H, H, H],
    "filter_select": [H, H, [(H, H)], H],
    "chip": [H, H],
    "dialog": [H, H],
    "confirm_dialog": [H, H, H, H, H, H, H, True, True, {H: H}],
    "menu": [H, H],
    "menu_item": [H, H],
    "actions": [H],
    "copy_button": [H, H],
    "copied_id": [H],
    "empty": [H, H],
    "skeleton": [2],
    "turn": [H, H, H, H],
    "tool_call": [H, H, H],
    "bubble": [H, H, H, False, H],
    "upload_form": [H, H, H, H],
    "drop_zone": [FORM, H, H, H, H],
    "chart": [H, H, H, H, H, H, 0.6, [(H, H), (H, H)], True, False, H, H],
    "legend": [[(H, H, True)]],
}
UI = environment().get_template("components/ui.html").module
MACROS = {name: value for name, value in vars(UI).items() if isinstance(value, Macro)}


class Elements(HTMLParser):
    """The tags and attribute names a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_every_macro_is_tried() -> None:
    assert set(CALLS) == set(MACROS)


@pytest.mark.parametrize("name", CALLS)
def test_macros_write_hostile_strings_as_text(name: str) -> None:
    macro = MACROS[name]
    body = {"caller": lambda: escape(H)} if macro.caller else {}
    html = macro(*CALLS[name], **body)
    elements = Elements(html)
    assert elements.tags & {"script", "img"} == set()
    assert not any(attribute.startswith("on") for attribute in elements.attributes)
    assert "style" not in elements.attributes
    assert ("alert(1)" in html) is (name != "skeleton")


def test_a_field_says_what_is_wrong_with_it() -> None:
    form = Form()
    form.values, form.errors = {"n_epochs": "99"}, {"n_epochs": "Type 25 or less."}
    html = MACROS["field"](form, "n_epochs", "Epochs", "auto or 1 to 25")
    assert 'value="99"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="hint-n_epochs error-n_epochs"' in html


def test_a_button_that_cannot_be_pressed_yet_says_why() -> None:
    html = MACROS["button"]("Create", kind="primary", because=["Choose a dataset."])
    assert 'aria-disabled="true"' in html
    assert "Choose a dataset." in html
    assert "submit" not in html


def test_a_foreign_status_is_unknown() -> None:
    assert "status--unknown" in MACROS["status"]("preempted", "preempted")
    assert "status--running" in MACROS["status"]("running")


def test_passwords_are_never_written_back() -> None:
    form = Form()
    form.values = {"password": "correct horse battery"}
    assert "correct horse" not in MACROS["field"](form, "password", "Password", type="password")


def test_the_page_shows_all(vi: TestClient) -> None:
    page = vi.get("/styleguide")
    assert page.status_code == 200
    elements = Elements(page.text)
    assert {
        "plot-figure",
        "chart-panel",
        "confirm-dialog",
        "upload-form",
        "progress",
    } <= elements.tags
    assert "style" not in elements.attributes


def test_nobody_is_sent_to_sign_in(anonymous: TestClient) -> None:
    answer = anonymous.get("/styleguide")
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/login", "/setup"}


@pytest.mark.parametrize(("name", "sees_people"), [("Ada", True), ("Ed", False), ("Vi", False)])
def test_the_navigation_shows_only_what_is_open(
    client_for: Callable[[str], TestClient], name: str, sees_people: bool
) -> None:
    page = client_for(name).get("/styleguide").text
    assert ('href="/users"' in page) is sees_people
    assert 'href="/jobs"' in page


def test_the_chosen_theme_is_in_the_first_byte(vi: TestClient) -> None:
    vi.cookies.set("tuneboard_theme", "dark")
    assert '<html lang="en" data-theme="dark">' in vi.get("/styleguide").text


def test_roles_are_named_in_the_menu(vi: TestClient) -> None:
    assert Role.VIEWER.label in vi.get("/styleguide").text

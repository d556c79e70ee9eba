"""Rules of the templates: strict, safe under the content policy, in every language."""

import re
from pathlib import Path

import pytest

from app.web.render import environment
from tests.house.sources import TEMPLATES, name_of, templates

LONGEST_TEMPLATE = 150
BANNED = {
    r"\sstyle=": "the content policy drops style attributes",
    r"<style": "styles are files",
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)": "scripts are files",
    r"\son[a-z]+=": "no inline handlers",
    r"hx-on": "needs eval",
    r"['\"]js:": "needs eval",
    r"hx-trigger=\"[^\"]*\[": "trigger filters need eval",
    r"hx-boost": "does not load the head of the next page",
    r"hx-swap=\"delete\"": "deletes even what the server refused to delete",
    r"\|\s*safe\b": "text is text",
    r"https?://(?!www\.w3\.org)": "no foreign host",
}
URL = re.compile(r"(?:href|action|src|hx-(?:get|post|put|delete)|hx-sse:connect)=\"(/[^\"]*)\"")


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_compile(path: Path) -> None:
    assert environment().get_template(str(path.relative_to(TEMPLATES)))


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_keep_their_budget(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_TEMPLATE


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_templates_hold_nothing_banned(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = {why for pattern, why in BANNED.items() if re.search(pattern, text)}
    assert found == set()


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_addresses_know_the_sub_path(path: Path) -> None:
    assert URL.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", templates("_*.html"), ids=name_of)
def test_a_fragment_has_one_root_with_an_id(path: Path) -> None:
    if path.parent.name in {"layouts", "components"}:
        return
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    ).strip()
    first = re.match(r"<[a-z][^>]*>", text)
    assert first is not None
    assert " id=" in first.group(0)


@pytest.mark.parametrize("path", templates("*.partials.html"), ids=name_of)
def test_answers_list_regions_only(path: Path) -> None:
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    ).strip()
    assert text.startswith("<hx-partial")
    assert text.endswith("</hx-partial>")

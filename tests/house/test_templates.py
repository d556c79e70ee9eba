"""Rules of the templates: strict, safe under the content policy, in every language."""

import re
from pathlib import Path

from app.web.render import environment
from tests.house.sources import TEMPLATES, offences, read, templates

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


def bare_text(path: Path) -> str:
    """Without comments and statements."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}", "", read(path), flags=re.DOTALL).strip()


def test_templates_compile() -> None:
    names = [str(path.relative_to(TEMPLATES)) for path in templates()]
    assert all(environment().get_template(name) for name in names)


def test_templates_keep_their_budget() -> None:
    too_long = offences(templates(), lambda path: len(read(path).splitlines()) > LONGEST_TEMPLATE)
    assert too_long == {}


# Not a page but a file to keep, under a policy of its own: it brings its style.
DOWNLOADED = TEMPLATES / "datasets" / "report_file.html"


def banned(path: Path) -> list[str]:
    text = read(path).replace("<style>{{ file.styles }}</style>", "", path == DOWNLOADED)
    return [why for pattern, why in BANNED.items() if re.search(pattern, text)]


def test_templates_hold_nothing_banned() -> None:
    assert offences(templates(), banned) == {}


def test_addresses_know_the_sub_path() -> None:
    assert offences(templates(), lambda path: URL.findall(read(path))) == {}


def has_no_root(path: Path) -> bool:
    first = re.match(r"<[a-z][^>]*>", bare_text(path))
    return first is None or " id=" not in first.group(0)


def test_a_fragment_has_one_root_with_an_id() -> None:
    shared = {"layouts", "components"}
    fragments = [path for path in templates("_*.html") if path.parent.name not in shared]
    assert offences(fragments, has_no_root) == {}


def is_no_list_of_regions(path: Path) -> bool:
    text = bare_text(path)
    return not (text.startswith("<hx-partial") and text.endswith("</hx-partial>"))


def test_answers_list_regions_only() -> None:
    assert offences(templates("*.partials.html"), is_no_list_of_regions) == {}

"""The style sheet cut out of plotly.js is, rule by rule, the one plotly.js would inject."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
PINS = json.loads((ROOT / "package.json").read_text())["vendor"]
RULES = "id => [...document.getElementById(id).sheet.cssRules].map(rule => rule.cssText)"


@pytest.mark.browser
def test_the_rules_are_the_same_in_the_same_order(page: Page) -> None:
    script, sheet = (
        next(ROOT / target for target in PINS if target.startswith(f"static/vendor/{name}"))
        for name in ("plotly-basic", "plotly-4")
    )
    page.set_content(f"<style id='ours'>{sheet.read_text()}</style>")
    page.add_script_tag(path=script)
    theirs = page.evaluate(RULES, "plotly.js-style-global")
    assert len(theirs) > 50
    assert page.evaluate(RULES, "ours") == theirs

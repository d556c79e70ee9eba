"""The README says what is so."""

import re
from pathlib import Path

from app.core.config import Settings
from docs.settings_table import with_settings_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_table_of_settings_is_current() -> None:
    assert with_settings_table(README) == README, "run bin/readme"


def test_every_setting_is_explained() -> None:
    unexplained = [name for name, field in Settings.model_fields.items() if not field.description]
    assert unexplained == []


def test_links_lead_to_files() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_commands_it_names_exist() -> None:
    named = set(re.findall(r"(?<!\.venv/)\bbin/(\w+)", README))
    assert named
    assert named <= {path.name for path in (ROOT / "bin").iterdir()}

"""The stylesheets: tokens only, layers always, contrast in both schemes, nothing undefined."""

import re
from pathlib import Path

import pytest

from app.core.config import resource_dir
from tests.house.colours import contrast, parse_colour

CSS = Path(resource_dir("static")) / "css"
TEMPLATES = Path(resource_dir("templates"))
FILES = sorted(CSS.rglob("*.css"))
TOKENS = (CSS / "tokens.css").read_text()
LAYERS = {"reset", "tokens", "base", "components", "pages", "utilities"}

COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|oklch|oklab|lab|lch|light-dark)\(", re.IGNORECASE
)
DEFINED = re.compile(r"(--[\w-]+)\s*:")
USED = re.compile(r"var\((--[\w-]+)")
MADE_UP = "\0"
PAIR = re.compile(r"(--[\w-]+):\s*light-dark\(\s*((?:[^()]|\([^()]*\))+?)\s*\)\s*;")


def read(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_colours_come_from_tokens(path: Path) -> None:
    if path.name == "tokens.css":
        assert COLOUR.search(read(path))
        return
    assert COLOUR.findall(read(path)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_rule_is_in_a_layer(path: Path) -> None:
    css = re.sub(r"@layer [\w, ]+;", "", read(path))
    blocks = re.findall(r"^(\S[^{]*)\{", css, flags=re.MULTILINE)
    assert blocks
    assert {block.strip() for block in blocks} <= {f"@layer {layer}" for layer in LAYERS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_stylesheets_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 180


def test_every_token_that_is_used_is_defined() -> None:
    everything = "\n".join(read(path) for path in FILES)
    assert set(USED.findall(everything)) - set(DEFINED.findall(everything)) == set()


def test_every_token_is_used() -> None:
    scripts = "\n".join(path.read_text() for path in CSS.parent.glob("js/*.js"))
    figures = (Path(resource_dir("templates")).parent / "app/web/figures.py").read_text()
    everything = "\n".join(read(path) for path in FILES) + scripts + figures
    used = set(USED.findall(everything))
    assert set(DEFINED.findall(read(CSS / "tokens.css"))) - used == set()


def test_every_stylesheet_is_linked() -> None:
    pages = "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    unlinked = [
        path.name
        for path in FILES
        if f'"{path.stem}"' not in pages and f"css/{path.relative_to(CSS)}" not in pages
    ]
    assert unlinked == []


def test_every_class_of_a_template_is_styled_or_found_by_a_script() -> None:
    styled = set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", "\n".join(read(path) for path in FILES)))
    scripts = "\n".join(path.read_text() for path in CSS.parent.glob("js/*.js"))
    unknown = {
        f"{path.relative_to(TEMPLATES)}: {name}"
        for path in TEMPLATES.rglob("*.html")
        for name in classes_of(path.read_text())
        if name not in styled and name not in scripts
    }
    assert unknown == set()


def classes_of(template: str) -> set[str]:
    """Whole class names; what an expression makes up is left out."""
    plain = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", MADE_UP, plain, flags=re.DOTALL)
    values = " ".join(re.findall(r'class="([^"]*)"', plain)).split()
    found = {value for value in values if MADE_UP not in value}
    return found - {"no-inline-styles"}


def colours(scheme: int) -> dict[str, str]:
    """Token to colour; scheme 0 is light, 1 is dark."""
    pairs = {name: split_pair(value) for name, value in PAIR.findall(TOKENS)}
    return {name: pair[scheme] for name, pair in pairs.items()}


def split_pair(value: str) -> tuple[str, str]:
    light, dark = re.split(r",\s*(?![^()]*\))", value)
    return light.strip(), dark.strip()


TEXT = [
    (ink, ground)
    for ink in ("--ink", "--ink-2", "--ink-3", "--accent", "--bad")
    for ground in ("--paper", "--surface", "--raised", "--sunken", "--hover")
] + [
    ("--accent", "--accent-soft"),
    ("--accent-ink", "--accent"),
    ("--accent-ink", "--accent-strong"),
    ("--bad-ink", "--bad"),
    ("--ok", "--ok-soft"),
    ("--warn", "--warn-soft"),
    ("--bad", "--bad-soft"),
    ("--ink", "--warn-soft"),
    ("--ink", "--bad-soft"),
    ("--ink", "--ok-soft"),
    ("--ink-3", "--warn-soft"),
    ("--ink-3", "--bad-soft"),
    ("--ink-3", "--accent-soft"),
    ("--accent", "--warn-soft"),
    ("--accent", "--bad-soft"),
    ("--paper", "--ink"),
]
SHAPES = [("--line-control", "--surface"), ("--line-control", "--sunken")] + [
    (f"--series-{number}", "--surface") for number in range(1, 11)
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"), [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in SHAPES]
)
def test_contrast(ink: str, ground: str, least: float, scheme: int) -> None:
    tokens = colours(scheme)
    ratio = contrast(parse_colour(tokens[ink]), parse_colour(tokens[ground]))
    assert ratio >= least, f"{ink} on {ground}: {ratio:.2f}"

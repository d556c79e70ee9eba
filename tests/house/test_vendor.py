"""Third-party files are pinned, brought at build, and exactly what was pinned."""

import json
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from plotly.offline import get_plotlyjs_version

import hatch_build

ROOT = Path(hatch_build.__file__).parent
PACKAGE = json.loads((ROOT / "package.json").read_text())
PINS: dict[str, dict[str, str]] = PACKAGE["vendor"]


@pytest.mark.parametrize("target", PINS)
def test_file_is_there_with_its_sum(target: str) -> None:
    assert hatch_build.sha256((ROOT / target).read_bytes()) == PINS[target]["sha256"]


def test_file_names_carry_the_pinned_versions() -> None:
    htmx = PACKAGE["dependencies"]["htmx.org"]
    plotly = PACKAGE["dependencies"]["plotly.js-basic-dist-min"]
    versioned = {f"htmx-{htmx}.min.js", f"hx-sse-{htmx}.min.js"}
    versioned |= {f"plotly-basic-{plotly}.min.js", f"plotly-{plotly}.css"}
    assert {f"static/vendor/{name}" for name in versioned} <= PINS.keys()


def test_browser_draws_with_the_plotly_that_python_builds_for() -> None:
    assert PACKAGE["dependencies"]["plotly.js-basic-dist-min"] == get_plotlyjs_version()


def test_every_package_comes_with_its_licence() -> None:
    licensed = {pin["from"] for target, pin in PINS.items() if "/licenses/" in target}
    assert licensed == {f"{name}/LICENSE" for name in PACKAGE["dependencies"]}


def test_file_with_another_sum_is_refused(tmp_path: Path) -> None:
    (tmp_path / "htmx.js").write_text("something else")
    pin = {"from": "htmx.js", "sha256": PINS["static/vendor/htmx-4.0.1.min.js"]["sha256"]}
    with pytest.raises(RuntimeError, match="SHA-256"):
        hatch_build.read_pinned(tmp_path, "static/vendor/htmx-4.0.1.min.js", pin)


def test_install_with_every_file_in_place_needs_no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert hook(ROOT).dependencies() == []


def test_install_without_npm_asks_for_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package.json").write_text(json.dumps(PACKAGE))
    monkeypatch.setenv("PATH", "")
    assert hook(tmp_path).dependencies() == [hatch_build.NODE_PACKAGE]


def test_install_with_npm_asks_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package.json").write_text(json.dumps(PACKAGE))
    npm = tmp_path / "npm"
    npm.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hook(tmp_path).dependencies() == []


def test_plotly_rules_become_a_stylesheet_in_the_order_plotly_gives_them() -> None:
    bundle = (
        """x={"X,X div":'font-family:"A",b;',"X a:hover":"color:red;",Y:"top:0;"};for(k in x)"""
    )
    assert hatch_build.plotly_stylesheet(bundle) == (
        ".plotly-notifier { top:0; }\n"
        ".js-plotly-plot .plotly a:hover { color:red; }\n"
        '.js-plotly-plot .plotly,.js-plotly-plot .plotly div { font-family:"A",b; }\n'
    )


def hook(root: Path) -> hatch_build.VendorHook:
    builder = WheelBuilder(str(root))
    return hatch_build.VendorHook(
        str(root), {}, builder.config, builder.metadata, str(root), "wheel", builder.app
    )

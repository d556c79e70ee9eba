"""Budgets and habits of the Python code."""

import ast
import re
from pathlib import Path

from tests.house.sources import (
    APP,
    ROOT,
    functions,
    imports,
    length_of,
    offences,
    python_files,
    read,
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_ROUTE = 15
TESTS = python_files(ROOT / "tests")
ENVIRONMENT = re.compile(r"os\.environ\[|os\.environ\.get|os\.getenv|\bgetenv\(")
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|coming soon|raise NotImplementedError")
PATCHED = re.compile(r"monkeypatch\.setattr\(\s*[\"']?app\b")
CHECKS = re.compile(r"\bassert\b|pytest\.(raises|warns|fail)|\b(expect|assert_|check_)")


def functions_above(path: Path, lines: int) -> list[str]:
    return [function.name for function in functions(path) if length_of(function) > lines]


def test_files_keep_their_budget() -> None:
    lengths = {path.name: len(read(path).splitlines()) for path in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_keep_their_budget() -> None:
    assert offences(python_files(), lambda path: functions_above(path, LONGEST_FUNCTION)) == {}


def test_routes_are_thin() -> None:
    files = [path for path in python_files() if path.stem.endswith("routes")]
    assert offences(files, lambda path: functions_above(path, LONGEST_ROUTE)) == {}


def hidden_imports(path: Path) -> list[str]:
    return [
        ast.unparse(node)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_imports_stand_on_top() -> None:
    # A command loads only what it needs.
    files = [path for path in python_files() if path != APP / "cli.py"]
    assert offences(files, hidden_imports) == {}


def test_only_the_database_module_commits() -> None:
    # The engine has a store of its own.
    files = [path for path in python_files() if path != APP / "core" / "db.py"]
    outside = [path for path in files if "engine" not in path.parts]
    assert offences(outside, lambda path: ".commit(" in read(path)) == {}


def test_only_the_settings_read_the_environment() -> None:
    files = [path for path in python_files() if path != APP / "core" / "config.py"]
    assert offences(files, lambda path: ENVIRONMENT.findall(read(path))) == {}


def test_nothing_is_left_for_later() -> None:
    assert offences(python_files(), lambda path: LEFT_FOR_LATER.findall(read(path))) == {}


def test_work_goes_through_rows_not_through_requests() -> None:
    assert offences(python_files(), lambda path: "BackgroundTasks" in read(path)) == {}


def faked_parts(path: Path) -> list[str]:
    mocks = [name for name, _ in imports(path) if name.startswith("unittest.mock")]
    return mocks + PATCHED.findall(read(path))


def test_tests_use_the_real_parts() -> None:
    assert offences(TESTS, faked_parts) == {}


def silent_tests(path: Path) -> list[str]:
    """Tests without an assert, an expected error, or a helper that checks by its name."""
    tests = [each for each in functions(path) if each.name.startswith("test_")]
    return [each.name for each in tests if not CHECKS.search(ast.unparse(each))]


def test_every_test_asserts() -> None:
    assert offences(TESTS, silent_tests) == {}

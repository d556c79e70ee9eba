"""The source as the house rules see it."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
TEMPLATES = ROOT / "templates"
LADDER = [
    "audit",
    "access",
    "notifications",
    "connections",
    "datasets",
    "imports",
    "recipes",
    "jobs",
    "tuned_models",
    "comparisons",
    "playground",
    "evaluations",
    "overview",
    "archive",
]
TOP = {"main", "cli", "worker", "tables", "demo", "engine_child", "messages"}


def python_files(folder: Path = APP) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def templates(pattern: str = "*.html") -> list[Path]:
    return sorted(TEMPLATES.rglob(pattern))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(read(path), filename=str(path))


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Every imported module of a file, `from app.x import y` as app.x.y when y is a module."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            for alias in node.names:
                if is_module(f"{node.module}.{alias.name}"):
                    yield f"{node.module}.{alias.name}", node


def is_module(dotted: str) -> bool:
    path = ROOT.joinpath(*dotted.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, decorators and docstring left out."""
    body = node.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[1] if documented and len(body) > 1 else body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def offences(files: list[Path], check: Callable[[Path], T]) -> dict[str, T]:
    """What a check finds, by file; an empty finding is none.

    One test looks at all files: a test for each would cost more than the looking.
    """
    found = {name_of(path): check(path) for path in files}
    return {name: finding for name, finding in found.items() if finding}

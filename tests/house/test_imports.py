"""Who may import whom."""

import re
from pathlib import Path

from tests.house.sources import APP, LADDER, TOP, imports, name_of, offences, python_files

PURE_OF_DATASETS = {
    path.stem
    for path in (APP / "datasets").glob("*.py")
    if path.stem not in {"models", "schemas", "service", "routes", "figures"}
}


def package_of(path: Path) -> str:
    parts = path.relative_to(APP).parts
    return parts[0] if len(parts) > 1 else path.stem


def app_imports(path: Path) -> list[tuple[str, str]]:
    """(package, module within it) of what a file imports of ours."""
    found = [name.split(".") for name, _ in imports(path) if name.startswith("app.")]
    return [(parts[1], parts[2] if len(parts) > 2 else "") for parts in found]


def refusal(path: Path, package: str, module: str) -> str | None:
    own = package_of(path)
    if own in TOP or own == package or (own == "__init__" and not package):
        return None
    if package in TOP:
        return f"nobody imports {package}"
    match own:
        case "core":
            return "core imports nothing of ours"
        case "provider" | "web":
            # The style guide is a page, and every page names its reader.
            is_page = (path.stem, package, module) == ("styleguide", "access", "deps")
            return None if package == "core" or is_page else f"{own} imports only core"
        case "engine":
            allowed = package == "core" or (package == "datasets" and module in PURE_OF_DATASETS)
            return None if allowed else "engine imports core and the pure modules of datasets"
    return feature_refusal(path, own, package)


def feature_refusal(path: Path, own: str, package: str) -> str | None:
    if package == "engine":
        return "only the command line and tests import the engine"
    if package == "web":
        at_the_edge = any(
            word in path.stem for word in ("routes", "api", "deps", "figures", "live", "pages")
        )
        return None if at_the_edge else "services never touch HTTP"
    if package in {"core", "provider"}:
        return None
    assert own in LADDER, f"{own} has no place on the ladder"
    return None if LADDER.index(package) < LADDER.index(own) else "lower never imports higher"


def wrong_imports(path: Path) -> list[str]:
    return [
        f"{package}.{module}: {reason}"
        for package, module in app_imports(path)
        if (reason := refusal(path, package, module))
    ]


def test_imports_go_down_the_ladder() -> None:
    assert offences(python_files(), wrong_imports) == {}


ONLY_IN = {
    "openai": re.compile(r"app/provider/"),
    "plotly": re.compile(r".*/figures\.py$"),
    "tiktoken": re.compile(r"app/datasets/tokens\.py$"),
    "quicktok": re.compile(r"app/datasets/tokens\.py$"),
    "duckdb": re.compile(r"app/datasets/imports/parquet_child\.py$"),
    "rensa": re.compile(r"app/datasets/deep/near\.py$"),
    "python_calamine": re.compile(r"app/datasets/imports/workbook_child\.py$"),
}


def strayed_libraries(path: Path) -> list[str]:
    return [
        name
        for name, _ in imports(path)
        if (room := ONLY_IN.get(name.split(".")[0])) and not room.match(name_of(path))
    ]


def test_libraries_stay_in_their_room() -> None:
    assert offences(python_files(), strayed_libraries) == {}


def imported(path: Path) -> set[str]:
    return {name.split(".")[0] for name, _ in imports(path)}


def test_services_know_no_http() -> None:
    files = [p for p in python_files() if p.stem in {"service", "models", "schemas"}]
    assert offences(files, lambda path: imported(path) & {"fastapi", "starlette"}) == {}


def test_routes_hold_no_query() -> None:
    files = [path for path in python_files() if path.stem.endswith(("routes", "api"))]
    assert offences(files, lambda path: imported(path) & {"sqlmodel", "sqlalchemy"}) == {}


def test_the_ladder_refuses_what_is_planted() -> None:
    service = APP / "datasets" / "service.py"
    assert refusal(service, "jobs", "models") == "lower never imports higher"
    assert refusal(service, "web", "render") == "services never touch HTTP"
    assert refusal(APP / "core" / "db.py", "web", "render") == "core imports nothing of ours"
    assert refusal(APP / "jobs" / "service.py", "engine", "store") is not None
    assert refusal(APP / "jobs" / "service.py", "datasets", "service") is None

"""Every route names its reader; every command has its test."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.house.sources import ROOT

PUBLIC = {
    "show_health",
    "show_readiness",
    "show_setup",
    "create_admin",
    "show_login",
    "sign_in",
    "choose_language",
    "choose_theme",
}
READERS = {"Viewer", "Editor", "Admin"}
# Scripts send these, no form: uploads speak as tus.io does.
OF_A_PROTOCOL = {"append_upload": {"PATCH"}, "discard_upload": {"DELETE"}}


def walk(routes: list[Any]) -> Iterator[APIRoute]:
    """Routes, also those of included routers."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from walk(route.original_router.routes)


def reader_of(route: APIRoute) -> str | None:
    for dependency in route.dependant.dependencies:
        call = dependency.call
        closure = getattr(call, "__closure__", None)
        if getattr(call, "__name__", "") == "actor_with_role" and closure:
            return str(closure[0].cell_contents)
    return None


def is_command(route: APIRoute) -> bool:
    return not (route.methods or set()) <= {"GET", "HEAD"}


def test_every_route_names_its_reader(app: FastAPI) -> None:
    routes = list(walk(app.routes))
    unnamed = {route.name for route in routes if reader_of(route) is None}
    assert len(routes) > 15
    assert unnamed <= PUBLIC


def test_commands_need_more_than_a_viewer(app: FastAPI) -> None:
    own = {"sign_out", "change_password"}
    weak = {
        route.name
        for route in walk(app.routes)
        if is_command(route) and reader_of(route) == "viewer"
    }
    assert weak <= own


def test_every_command_has_a_test_of_its_name(app: FastAPI) -> None:
    names = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    commands = {r.name for r in walk(app.routes) if is_command(r)}
    assert sorted(c for c in commands if f"test_{c}" not in names) == []


def test_commands_answer_to_post_only(app: FastAPI) -> None:
    commands = [route for route in walk(app.routes) if is_command(route)]
    others = {route.name: route.methods for route in commands if route.methods != {"POST"}}
    assert others == OF_A_PROTOCOL

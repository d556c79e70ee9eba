"""Somebody without the role presses every button there is."""

import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.actor import Role
from tests.house.test_routes import is_command, reader_of, walk

OWN = {"sign_out", "change_password"}


def buttons(app: FastAPI, reader: Role) -> list[tuple[str, str]]:
    """Methods and addresses of the commands that need this role; they act on number 1."""
    found = [
        (min(route.methods or ()), re.sub(r"\{[^}]+\}", "1", route.path))
        for route in walk(app.routes)
        if is_command(route) and reader_of(route) == reader and route.name not in OWN
    ]
    return sorted(found)


def test_a_viewer_is_refused_everywhere(app: FastAPI, vi: TestClient) -> None:
    pressed = [*buttons(app, Role.EDITOR), *buttons(app, Role.ADMIN)]
    form = {"name": "x"}
    refused = {each: vi.request(*each, data=form).status_code for each in pressed}
    assert len(refused) >= 15
    assert set(refused.values()) == {403}


def test_an_editor_is_refused_what_admins_do(app: FastAPI, ed: TestClient) -> None:
    refused = {each: ed.request(*each).status_code for each in buttons(app, Role.ADMIN)}
    assert len(refused) >= 8
    assert set(refused.values()) == {403}


def test_nobody_is_sent_to_sign_in(app: FastAPI, anonymous: TestClient) -> None:
    pressed = [each for role in Role for each in buttons(app, role)]
    answers = {each: anonymous.request(*each).headers.get("location") for each in pressed}
    assert set(answers.values()) == {"/login"}


def test_every_page_needs_somebody(app: FastAPI, anonymous: TestClient) -> None:
    pages = [
        re.sub(r"\{[^}]+\}", "1", route.path)
        for route in walk(app.routes)
        if not is_command(route) and reader_of(route)
    ]
    answers = {path: anonymous.get(path).status_code for path in pages}
    assert len(answers) >= 15
    assert set(answers.values()) <= {303, 401}

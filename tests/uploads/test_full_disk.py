"""A disk without room: said to whoever sends, and gone on with when there is room again."""

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.config import Settings
from tests.conftest import make_settings
from tests.engine.test_full_disk import fill, small_disk  # noqa: F401 - a fixture
from tests.uploads.sending import FILE, append, begin, begun, finish, offset_of

ROOM = 20_000


@pytest.fixture
def settings(settled_data_dir: Path, small_disk: Path) -> Settings:  # noqa: F811
    shutil.copytree(settled_data_dir, small_disk / "data")
    return make_settings(small_disk / "data")


@pytest.mark.slow
def test_it_goes_on_when_there_is_room(ed: TestClient, settings: Settings) -> None:
    path = begun(ed)
    ballast = fill(settings.data_dir.parent, leave=ROOM)
    refused = append(ed, path, 0, FILE)
    assert (refused.status_code, "disk of the server is full" in refused.text) == (507, True)
    there = offset_of(ed, path)
    assert 0 < there < len(FILE)
    assert begin(ed, filename="another.jsonl").status_code == 507
    ballast.unlink()
    assert append(ed, path, there, FILE[there:]).json()["offset"] == len(FILE)
    assert finish(ed, path[9:]).status_code == 303

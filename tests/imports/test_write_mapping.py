"""The mapping as it stands in the form, as a file."""

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.imports.mapping_files import read_mapping
from tests.imports.imports import START, import_at, send, send_recognised


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def test_it_is_what_the_command_line_reads(ed: TestClient, db: Database, path: str) -> None:
    before = import_at(db, path).mapping
    answer = ed.post(f"{path}/mapping.yaml", data=START | {"role_0": "", "role_before_0": "user"})
    assert 'filename="mapping.yaml"' in answer.headers["content-disposition"]
    mapping = read_mapping(answer.content)
    assert (mapping.user, mapping.system) == ("{{ 내용 }}", START["system"])
    assert import_at(db, path).mapping == before


def test_what_cannot_be_read_is_refused(ed: TestClient, path: str) -> None:
    assert ed.post(f"{path}/mapping.yaml", data={"target": "dance"}).status_code == 422


def test_it_waits_for_the_recognition(ed: TestClient) -> None:
    path = send(ed).headers["location"]
    assert ed.post(f"{path}/mapping.yaml", data=START).status_code == 404


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/mapping.yaml", data=START).status_code == 403

"""Chunks of a file."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.core.context import Context
from tests.conftest import ClientFor
from tests.datasets.uploads import files_in, version_at
from tests.uploads.sending import BINARY, FILE, append, begun, finish, offset_of, send_in, sent


def test_a_chunk_is_appended(ed: TestClient, context: Context) -> None:
    path = begun(ed)
    answer = append(ed, path, 0, FILE[:1000])
    assert (answer.status_code, answer.headers["upload-offset"]) == (200, "1000")
    assert offset_of(ed, path) == 1000
    assert ed.get(path).json()["offset"] == 1000
    assert files_in(context)[0].read_bytes() == FILE[:1000]


@pytest.mark.parametrize("offset", [0, 999, 1001, 5000, 2**53])
def test_another_place_than_the_end_is_refused(
    ed: TestClient, context: Context, offset: int
) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    answer = append(ed, path, offset, FILE[offset : offset + 500] or b"x")
    assert (answer.status_code, answer.headers["upload-offset"]) == (409, "1000")
    assert files_in(context)[0].read_bytes() == FILE[:1000]


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "all", str(2**70)])
def test_an_offset_that_is_none_is_refused(ed: TestClient, offset: str) -> None:
    path = begun(ed)
    answer = ed.patch(path, content=b"x", headers=BINARY | {"upload-offset": offset})
    assert (answer.status_code, offset_of(ed, path)) == (422, 0)


def test_no_more_comes_in_than_was_announced(ed: TestClient, context: Context) -> None:
    path = begun(ed, size=1000)
    answer = append(ed, path, 0, FILE[:1001])
    assert (answer.status_code, offset_of(ed, path)) == (413, 0)
    append(ed, path, 0, FILE[:1000])
    assert append(ed, path, 1000, b"x").status_code == 413
    assert files_in(context)[0].read_bytes() == FILE[:1000]


def test_a_chunk_is_bounded(ed: TestClient, context: Context) -> None:
    path = begun(ed, size=50_000_000)
    answer = append(ed, path, 0, b"x" * 20_000_000)
    assert answer.status_code == 413
    assert offset_of(ed, path) < context.settings.upload_chunk_bytes + 2_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(sizes=st.lists(st.integers(0, len(FILE)), max_size=6))
def test_the_bytes_are_the_same_however_they_are_cut(
    ed: TestClient, context: Context, sizes: list[int]
) -> None:
    path = begun(ed)
    send_in(ed, path, FILE, sizes)
    version = version_at(context.db, finish(ed, path[9:]).headers["location"])
    assert version.sha256 == hashlib.sha256(FILE).hexdigest()
    assert context.storage.path(version.sha256).read_bytes() == FILE


@pytest.mark.parametrize(("person", "status"), [("Ada", 404), ("Vi", 403), (None, 401)])
def test_it_refuses_others(
    client_for: ClientFor, ed: TestClient, person: str | None, status: int
) -> None:
    path = begun(ed)
    other = client_for(person)
    headers = {"accept": "application/json"}
    assert append(other, path, 0, FILE[:1000]).status_code == status
    assert other.get(path, headers=headers).status_code == status
    assert offset_of(ed, path) == 0


def test_it_refuses_other_sites(ed: TestClient) -> None:
    path = begun(ed)
    ed.headers["sec-fetch-site"] = "cross-site"
    assert append(ed, path, 0, FILE).status_code == 403
    assert offset_of(ed, path) == 0


def test_one_that_is_gone_is_not_there(ed: TestClient, context: Context) -> None:
    path = begun(ed)
    files_in(context)[0].unlink()
    assert append(ed, path, 0, FILE).status_code == 404
    assert ed.get(path, headers={"accept": "application/json"}).status_code == 404
    assert append(ed, "/uploads/77", 0, FILE).status_code == 404


def test_one_that_is_whole_changes_no_more(ed: TestClient, context: Context) -> None:
    path = f"/uploads/{sent(ed)}"
    assert append(ed, path, len(FILE), b"").status_code == 200
    assert append(ed, path, 0, b"y" * len(FILE)).status_code == 409
    assert files_in(context)[0].read_bytes() == FILE

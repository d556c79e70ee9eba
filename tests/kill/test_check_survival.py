"""kill -9 of the worker in the middle of a check: what was read is not read again."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.storage import Storage
from app.datasets.checking import index_path
from app.datasets.parts import PART_BYTES
from app.datasets.validation import check_file
from tests.datasets.conftest import chat_row, jsonl
from tests.kill.ground import Ground

SIZE = 6 * PART_BYTES
UNDER_WAY = f"SELECT id FROM dataset_version WHERE checked_bytes > {2 * PART_BYTES}"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path / "data", WORKER="false", EMBEDDED_ENGINE="false")
    ground.start("server")
    ground.start("worker")
    yield ground
    ground.stop()


def write_rows(path: Path) -> None:
    """Long rows, repeated, so that the file is there soon."""
    block = jsonl(chat_row(number, note="many words " * 400) for number in range(200))
    path.write_bytes(block * (SIZE // len(block)))


def pass_time(ground: Ground) -> None:
    """The lease of the dead has run out."""
    connection = sqlite3.connect(ground.data_dir / "tuneboard.db", timeout=30)
    with connection:
        connection.execute("UPDATE dataset_version SET lease_expires_at = 0")
    connection.close()


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_check_goes_on_where_it_was(ground: Ground, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path)
    size = path.stat().st_size
    ground.sign_in()
    with path.open("rb") as stream:
        files = {"file": ("rows.jsonl", stream, "application/jsonl")}
        ground.client.post("/datasets", files=files, timeout=120)
    ground.wait_for_row(UNDER_WAY)
    ground.kill("worker")
    pass_time(ground)
    ground.wait_for_row("SELECT id FROM dataset_version WHERE checked_at IS NOT NULL")
    resumed, sha256 = ground.rows("SELECT resumed_bytes, sha256 FROM dataset_version")[0]
    assert PART_BYTES < resumed < size
    kept = index_path(Storage(ground.data_dir / "files"), sha256)
    check_file(path, index_path=tmp_path / "index")
    assert kept.read_bytes() == (tmp_path / "index").read_bytes()
    assert [each.name for each in kept.parent.iterdir() if ".parts" in each.name] == []

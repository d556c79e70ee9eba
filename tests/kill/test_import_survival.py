"""kill -9 of the worker while it makes examples of a table: one version of every row in the end."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kill.ground import Ground

ROWS = 200_000
KILLS = 3
START = {"target": "chat", "user": "{{ question }}", "assistant": "{{ answer }}"}
STARTED = "SELECT id FROM dataset_import WHERE status = 'started' AND rows_done > 0"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path, WORKER="false", EMBEDDED_ENGINE="false")
    ground.start("server")
    ground.start("worker")
    yield ground
    ground.stop()


def table() -> bytes:
    rows = "".join(f"how many is {number}?,{number}\n" for number in range(ROWS))
    return f"question,answer\n{rows}".encode()


def pass_time(ground: Ground) -> None:
    """Leases of the dead have run out."""
    connection = sqlite3.connect(ground.data_dir / "tuneboard.db", timeout=30)
    with connection:
        connection.execute("UPDATE dataset_import SET lease_expires_at = 0, rows_done = 0")
    connection.close()


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_worker_loses_no_import_and_doubles_none(ground: Ground) -> None:
    ground.sign_in()
    files = {"file": ("numbers.csv", table(), "text/csv")}
    ground.insist(lambda: ground.client.post("/imports", files=files), 303)
    ground.wait_for_row("SELECT id FROM dataset_import WHERE row_count IS NOT NULL")
    ground.insist(lambda: ground.client.post("/imports/1/start", data=START), 303)
    for _ in range(KILLS):
        ground.wait_for_row(STARTED)
        ground.kill("worker")
        pass_time(ground)
    ground.wait_for_row("SELECT id FROM dataset_import WHERE status = 'done'")
    ground.wait_for_row("SELECT id FROM dataset_version WHERE example_count IS NOT NULL")
    assert ground.rows("SELECT number, example_count FROM dataset_version") == [(1, ROWS)]
    assert ground.rows("SELECT count(*) FROM import_output") == [(1,)]

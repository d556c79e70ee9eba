"""kill -9 of the worker while it carries a recipe out: each version once in the end, and whole."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets.uploads import chat_row
from tests.kill.ground import Ground

ROWS = 30_000
KILLS = 2
STEPS = {"fix": ["trim", "drop_duplicates"], "split": "1"}
BEGUN = "SELECT id FROM recipe WHERE status = 'done' OR lease_owner IS NOT NULL"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path, WORKER="false", EMBEDDED_ENGINE="false")
    ground.start("server")
    ground.start("worker")
    yield ground
    ground.stop()


def reviews() -> bytes:
    return "".join(f"{chat_row(f' review {n // 2} ', str(n % 5))}\n" for n in range(ROWS)).encode()


def pass_time(ground: Ground) -> None:
    """Leases of the dead have run out."""
    connection = sqlite3.connect(ground.data_dir / "tuneboard.db", timeout=30)
    with connection:
        connection.execute("UPDATE recipe SET lease_owner = NULL, lease_expires_at = NULL")
        connection.execute("UPDATE deep_check SET lease_expires_at = 0, attempt_count = 0")
    connection.close()


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_worker_loses_no_recipe_and_doubles_none(ground: Ground) -> None:
    ground.sign_in()
    files = {"file": ("reviews.jsonl", reviews(), "application/octet-stream")}
    ground.insist(lambda: ground.client.post("/datasets", files=files), 303)
    ground.wait_for_row("SELECT id FROM deep_check WHERE status = 'done'")
    ground.insist(lambda: ground.client.post("/datasets/1/versions/1/prepare", data=STEPS), 303)
    for _ in range(KILLS):
        ground.wait_for_row(BEGUN)
        ground.kill("worker")
        pass_time(ground)
    ground.wait_for_row("SELECT id FROM recipe WHERE status = 'done'")
    ground.wait_for_row("SELECT 1 WHERE (SELECT count(example_count) FROM dataset_version) = 3")
    kept = ground.rows("SELECT number, example_count FROM dataset_version ORDER BY number")
    assert kept == [(1, ROWS), (2, ROWS * 4 // 5), (3, ROWS // 5)]
    assert ground.rows("SELECT count(*) FROM recipe_output") == [(2,)]
    leftovers = list((ground.data_dir / "files" / "incoming").iterdir())
    assert len(leftovers) <= 2 * KILLS  # swept an hour later

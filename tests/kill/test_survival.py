"""kill -9 at random points of the whole path: nothing lost, no job made twice."""

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.core.config import resource_dir
from tests.kill.ground import Ground

KILLS = 20
PARTS = ("server", "worker", "engine", "engine")
REVIEWS = (resource_dir("samples") / "reviews.jsonl").read_bytes()
SUBMISSION = "the-one-and-only-submission"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path, ENGINE_STEP_SECONDS="0.1")
    ground.start("server")
    ground.start("worker")
    yield ground
    ground.stop()


class Killer(threading.Thread):
    """Ends a random part every moment or so, `count` times, and starts it again."""

    def __init__(self, ground: Ground, count: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.ground, self.left = ground, count
        self.random = random.Random(seed)
        self.killed: list[str] = []

    def run(self) -> None:
        while self.left:
            time.sleep(self.random.uniform(0.3, 3.0))
            part = self.random.choice(PARTS)
            if self.ground.kill(part):
                self.killed.append(part)
                self.left -= 1


def upload(client: httpx2.Client) -> httpx2.Response:
    files = {"file": ("reviews.jsonl", REVIEWS, "application/jsonl")}
    return client.post("/datasets", data={"name": "Reviews"}, files=files)


def create_job(ground: Ground, version_id: int) -> httpx2.Response:
    connection = ground.wait_for_row("SELECT id FROM connection WHERE models IS NOT NULL")[0]
    form = {
        "submission": SUBMISSION,
        "name": "survivor",
        "connection_id": connection,
        "base_model": "tiny-chat",
        "training_version_id": version_id,
        "n_epochs": 3,
        "batch_size": 8,
        "accepted": "1",
        "reason": "a test of survival",
    }
    return ground.client.post("/jobs", data=form)


@pytest.mark.slow
@pytest.mark.kill
@pytest.mark.timeout(420)
def test_nothing_is_lost_and_no_job_is_made_twice(ground: Ground) -> None:
    ground.sign_in()
    killer = Killer(ground, KILLS, seed=20261120)
    killer.start()
    ground.insist(lambda: upload(ground.client), 303)
    version_id = ground.wait_for_row(
        "SELECT id FROM dataset_version WHERE status IN ('ready', 'warning')"
    )[0]
    ground.insist(lambda: create_job(ground, version_id), 303)
    ground.wait_for_row("SELECT id FROM job WHERE status = 'succeeded' AND is_read", 300)
    killer.join(120)
    assert (len(killer.killed), set(killer.killed)) == (KILLS, set(PARTS))
    check_dataset(ground)
    check_one_job(ground)
    check_no_step_is_missing(ground)


def check_dataset(ground: Ground) -> None:
    versions = ground.rows("SELECT sha256, size, example_count FROM dataset_version")
    sha256 = hashlib.sha256(REVIEWS).hexdigest()
    assert versions == [(sha256, len(REVIEWS), REVIEWS.count(b"\n"))]
    kept = ground.data_dir / "files" / sha256[:2] / sha256
    assert kept.read_bytes() == REVIEWS


def check_one_job(ground: Ground) -> None:
    token, remote_id = ground.rows("SELECT token, remote_id FROM job")[0]
    jobs = ground.ask_engine("/fine_tuning/jobs")["data"]
    assert [job["id"] for job in jobs] == [remote_id]
    assert token in jobs[0]["metadata"].values()
    files = ground.ask_engine("/files?purpose=fine-tune")["data"]
    assert len(files) == 1
    assert ground.rows("SELECT count(*) FROM job") == [(1,)]


def check_no_step_is_missing(ground: Ground) -> None:
    total = ground.rows("SELECT total_steps FROM job")[0][0]
    steps = ground.rows("SELECT step FROM metric_point WHERE name = 'train_loss' ORDER BY step")
    assert [step for (step,) in steps] == list(range(1, total + 1))
    remote_id = ground.rows("SELECT remote_id FROM job")[0][0]
    events = ground.ask_engine(f"/fine_tuning/jobs/{remote_id}/events?limit=1000")["data"]
    kept = {row[0] for row in ground.rows("SELECT remote_id FROM job_event")}
    assert {event["id"] for event in events} <= kept

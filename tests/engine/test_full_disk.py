"""A disk without room fails what needs room, says so, and spoils nothing else."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import APIStatusError

from tests.engine.samples import chat_rows, events_of, finished, jsonl, upload
from tests.engine_fixture import EngineServer

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can make a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # a worker may still be ending


def fill(place: Path, leave: int) -> Path:
    """All but `leave` bytes."""
    room = os.statvfs(place)
    ballast = place / "ballast"
    ballast.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - leave))
    return ballast


@pytest.mark.slow
def test_a_full_disk_fails_the_job_and_says_so(small_disk: Path) -> None:
    with (
        EngineServer(small_disk / "engine", step_seconds=0.02) as engine,
        engine.client() as client,
    ):
        training = upload(client, chat_rows(400))
        job = client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=training,
            hyperparameters={"n_epochs": 20, "batch_size": 8},
        )  # fmt: skip
        ballast = fill(small_disk, leave=0)
        with pytest.raises(APIStatusError) as refused:
            upload(client, jsonl(chat_rows(400)) * 4)
        assert refused.value.status_code == 507
        assert "disk is full" in str(refused.value)
        job = finished(client, job, 60)
        assert job.status == "failed"
        assert job.error is not None
        assert job.error.code == "insufficient_storage"
        assert events_of(client, job)[-1].message == job.error.message
        ballast.unlink()
        again = client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=training, hyperparameters={"n_epochs": 1}
        )
        assert finished(client, again).status == "succeeded"

"""Ended at any moment, the engine loses nothing; nothing of it outlives its parent."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.samples import (
    TERMINAL,
    chat_rows,
    events_of,
    finished,
    jsonl,
    steps_of,
    upload,
)
from tests.engine_fixture import CHECKOUT, EngineServer, wait_until

PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "engine"


def create(client: OpenAI, seed: int = 4) -> FineTuningJob:
    return client.fine_tuning.jobs.create(
        model="tiny-chat",
        training_file=upload(client, chat_rows(80)),
        validation_file=upload(client, chat_rows(20, 1)),
        hyperparameters={"n_epochs": 2, "batch_size": 2},
        seed=seed,
    )


def workers_of(folder: Path) -> list[int]:
    """Processes that work in this folder."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"app.engine.training" in words and str(folder).encode() in words:
                found.append(int(path.name))
    return found


@pytest.mark.slow
@pytest.mark.kill
@pytest.mark.timeout(120)
def test_killed_again_and_again_a_job_still_ends_as_if_it_had_not_been(
    folder: Path, engine: EngineServer
) -> None:
    chance = random.Random(0)
    server = EngineServer(folder, step_seconds=0.02)
    server.start()
    with server.client() as client:
        job = create(client)
    content = jsonl(chat_rows(80))
    for _ in range(3):
        time.sleep(chance.uniform(0.2, 1.2))
        server.kill()
        wait_until(lambda: not workers_of(folder))
        server.start()
    with server.client() as client:
        job = finished(client, job)
        assert job.status == "succeeded"
        assert client.files.content(job.training_file).content == content
        steps = steps_of(client, job)
        messages = [event.message for event in events_of(client, job)]
    server.stop()
    assert messages.count("Fine-tuning job started") == 1
    assert sum(message.startswith("New fine-tuned model") for message in messages) == 1
    with engine.client() as client:
        assert steps == steps_of(client, finished(client, create(client)))


@pytest.mark.slow
@pytest.mark.kill
def test_a_worker_that_dies_is_replaced(slow_engine: EngineServer, slow_client: OpenAI) -> None:
    job = create(slow_client)
    wait_until(lambda: len(steps_of(slow_client, job)) > 2)
    for process in workers_of(slow_engine.data_dir):
        subprocess.run(["/bin/kill", "-9", str(process)], check=True)
    assert finished(slow_client, job).status == "succeeded"
    assert [step["step"] for step in steps_of(slow_client, job)] == list(range(1, 81))


@pytest.mark.slow
@pytest.mark.kill
def test_nothing_outlives_the_parent(folder: Path) -> None:
    server = EngineServer(folder, step_seconds=0.1)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *server.command()],
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as parent:
        assert parent.stdout is not None
        engine_process = int(parent.stdout.readline())
        server.find()
        with server.client() as client:
            job = create(client)
            wait_until(lambda: client.fine_tuning.jobs.retrieve(job.id).status == "running")
        assert workers_of(folder)
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not workers_of(folder) and not is_alive(engine_process), 10)
    assert not workers_of(folder)


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.slow
def test_a_second_engine_on_the_same_store_refuses(engine: EngineServer) -> None:
    second = subprocess.run(
        engine.command(),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert second.returncode != 0
    assert f"Another engine is already serving {engine.data_dir}." in second.stderr
    with engine.client() as client:
        assert client.models.list().data


@pytest.mark.slow
def test_the_key_and_everything_else_stay_over_a_restart(folder: Path) -> None:
    with EngineServer(folder) as server, server.client() as client:
        key, job = server.key, create(client)
        finished(client, job)
        before = client.fine_tuning.jobs.retrieve(job.id)
    with EngineServer(folder) as server, server.client() as client:
        assert server.key == key
        after = client.fine_tuning.jobs.retrieve(job.id)
        assert after == before
        assert after.status in TERMINAL
        assert len(events_of(client, job)) == 5 + 80 + 2

"""The last command line of OpenAI's package that knew fine-tuning drives a whole job."""

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.samples import SYSTEM, TERMINAL, chat_rows, jsonl
from tests.engine_fixture import EngineServer, wait_until

PACKAGE = "openai==2.34.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tuneboard-tests"
INSTALL_SECONDS = 100
Run = Callable[..., str]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def command_line() -> Path:
    """Installed once into a place of its own: our own openai is a newer one."""
    CACHE.mkdir(parents=True, exist_ok=True)
    place = CACHE / PACKAGE.replace("==", "-")
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "installed").exists():
            install(place)
    return place / "bin" / "openai"


def install(place: Path) -> None:
    make = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(place)]
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
    fetch = [*pip, "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    for command in (make, fetch):
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{PACKAGE} cannot be installed: {error}")
    (place / "installed").touch()


@pytest.fixture
def run(engine: EngineServer, command_line: Path) -> Run:
    environment = {
        "PATH": os.environ["PATH"],
        "OPENAI_BASE_URL": engine.url,
        "OPENAI_API_KEY": engine.key,
    }

    def openai(command: str, *arguments: str) -> str:
        return subprocess.run(
            [str(command_line), "api", command, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout

    return openai


def parsed(output: str) -> Any:
    return json.loads(output[output.index("{") :])


def test_a_whole_job(engine: EngineServer, run: Run, tmp_path: Path) -> None:
    model = job_done_by(engine, run, tmp_path)
    message = ("-g", "system", SYSTEM, "-g", "user", "최고예요")
    assert run("chat.completions.create", "-m", model, "-t", "0", *message).strip() in "135"
    streamed = run("chat.completions.create", "-m", model, "-t", "0", "--stream", *message)
    assert streamed.strip() in "135"
    assert parsed(run("models.retrieve", "-i", model))["id"] == model
    assert model in run("models.list")
    assert parsed(run("models.delete", "-i", model))["deleted"]


def job_done_by(engine: EngineServer, run: Run, folder: Path) -> str:
    """Returns the model's name."""
    path = folder / "train.jsonl"
    path.write_bytes(jsonl(chat_rows(100)))
    stored = parsed(run("files.create", "-f", str(path), "-p", "fine-tune"))
    hyperparameters = json.dumps({"n_epochs": 2, "batch_size": 4})
    job = parsed(
        run(
            *("fine_tuning.jobs.create", "-m", "tiny-chat", "-F", stored["id"]),
            *("-V", stored["id"], "-H", hyperparameters, "-s", "by-hand"),
        )
    )
    with engine.http() as http:  # each look by the command line takes it a second
        look = f"/fine_tuning/jobs/{job['id']}"
        wait_until(lambda: http.get(look).json()["status"] in TERMINAL, 60)
    job = parsed(run("fine_tuning.jobs.retrieve", "-i", job["id"]))
    assert job["status"] == "succeeded"
    assert job["id"] in run("fine_tuning.jobs.list")
    events = run("fine_tuning.jobs.list_events", "-i", job["id"])
    assert "The job has successfully completed" in events
    assert "Step 50/50: training loss=" in events
    assert stored["id"] in run("files.list")  # retrieve and delete of files are broken in it
    name: str = job["fine_tuned_model"]
    assert re.fullmatch(r"ft:tiny-chat:tuneboard:by-hand:\w{8}", name)
    return name


def test_refusals_reach_the_person(run: Run) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run("fine_tuning.jobs.retrieve", "-i", "ftjob-none")
    assert "Could not find fine tune: ftjob-none" in refused.value.stderr

"""How soon a new step is on the pages of all who watch a job, from its commit to the last byte.

.venv/bin/python bench/live_updates.py [--small]
"""

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from sqlmodel import select

from app import tables
from app.connections.models import Connection
from app.core.clock import now
from app.core.db import Database
from app.datasets.models import DatasetVersion
from app.jobs.merging import take_points
from app.jobs.models import Creation, Job, MetricSource
from app.jobs.rows import Row, keep_events, keep_points
from app.provider.types import JobStatus

PORT = 8797
BASE = f"http://127.0.0.1:{PORT}"
FIRST_STEPS = 300
STEP_ID = re.compile(rb"^id: \d+\.(\d+)\.", re.MULTILINE)
METRICS = ("train_loss", "valid_loss", "train_mean_token_accuracy", "valid_mean_token_accuracy")

assert tables


@contextmanager
def serving(data_dir: Path) -> Iterator[None]:
    environment = os.environ | {
        "TUNEBOARD_DATA_DIR": str(data_dir),
        "TUNEBOARD_EMBEDDED_ENGINE": "false",
        "TUNEBOARD_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, env=environment)
    try:
        wait_until_ready(server)
        yield
    finally:
        server.terminate()
        server.wait(20)


def wait_until_ready(server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server ended"
        try:
            if httpx2.get(f"{BASE}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def first_visit() -> str:
    """A person and a dataset; the cookie of the person."""
    with httpx2.Client(base_url=BASE, headers={"sec-fetch-site": "same-origin"}) as client:
        form = {"name": "bench", "password": "bench password"}
        assert client.post("/setup", data=form).status_code == 303
        assert client.post("/datasets/sample").status_code == 303
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def add_job(db: Database) -> int:
    """A job in the middle, on a connection where nobody answers and nobody is asked."""
    with db.write() as session:
        version = session.exec(select(DatasetVersion)).first()
        assert version is not None
        connection = Connection(
            name="away", profile_name="compatible", base_url="http://[::1]:9/v1"
        )
        connection.retired_at = now()
        session.add(connection)
        session.flush()
        job = Job(
            name="watched",
            token="bench",
            submission="bench",
            connection_id=connection.id or 0,
            remote_id="ftjob-1",
            creation=Creation.CREATED,
            status=JobStatus.RUNNING,
            base_model="tiny",
            training_version_id=version.id or 0,
            total_steps=10_000,
            started_at=now(),
        )
        session.add(job)
        session.flush()
        job_id = job.id or 0
    for step in range(1, FIRST_STEPS + 1):
        tell_step(db, job_id, step)
    return job_id


def tell_step(db: Database, job_id: int, step: int) -> float:
    """As the worker writes what it read; the moment of the commit."""
    values = {name: 1 / step + random.random() / 10 for name in METRICS}
    source = MetricSource.EVENT
    points: list[Row] = [
        {"job_id": job_id, "name": name, "step": step, "value": value, "source": source}
        for name, value in values.items()
    ]
    event: Row = {
        "job_id": job_id,
        "remote_id": f"ftevent-{step}",
        "at": now(),
        "level": "info",
        "type": "metrics",
        "message": f"Step {step}",
        "step": step,
        "data": values,
    }
    with db.write() as session:
        keep_events(session, [event])
        keep_points(session, points)
        job = session.get_one(Job, job_id)
        take_points(job, points)
        job.last_step = step
    return time.monotonic()


class Watcher(asyncio.Protocol):
    """Notes when each step was there; does as little else as possible."""

    def __init__(self, request: bytes, arrived: dict[int, list[float]]) -> None:
        self.request, self.arrived, self.rest = request, arrived, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        text = self.rest + data
        for found in STEP_ID.finditer(text):
            self.arrived.setdefault(int(found[1]), []).append(at)
        self.rest = text[-100:].rpartition(b"\n")[2]


async def watch(address: str, cookie: str, count: int) -> None:
    """Prints, when told to stop, when each step was there for each watcher."""
    arrived: dict[int, list[float]] = {}
    request = f"GET {address} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_connection(lambda: Watcher(request, arrived), "127.0.0.1", PORT)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(json.dumps(arrived))


def measure(watchers: int, updates: int) -> tuple[list[float], int]:
    """Seconds until each watcher had each update, and how many never came."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)):
        cookie = first_visit()
        db = Database(f"sqlite:///{Path(folder) / 'tuneboard.db'}")
        job_id = add_job(db)
        address = f"/jobs/{job_id}/live?tab=metrics&after=0.{FIRST_STEPS}.x"
        command = [sys.executable, __file__, "--watch", address, "--watchers", str(watchers)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=os.environ | {"COOKIE": cookie}, **pipes) as crowd:  # type: ignore[call-overload]
            time.sleep(2 + watchers / 50)
            told = {}
            for step in range(FIRST_STEPS + 1, FIRST_STEPS + 1 + updates):
                told[step] = tell_step(db, job_id, step)
                time.sleep(0.7 + random.random() * 0.6)
            arrived = json.loads(crowd.communicate("stop\n", timeout=60)[0])
        db.close()
    waits = [at - told[int(step)] for step in arrived for at in arrived[step] if int(step) in told]
    return waits, watchers * updates - len(waits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--small", action="store_true", help="20 watchers, 8 updates")
    parser.add_argument("--watch", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.watch:
        asyncio.run(watch(arguments.watch, os.environ["COOKIE"], arguments.watchers))
        return
    if arguments.small:
        arguments.watchers, arguments.updates = 20, 8
    waits, lost = measure(arguments.watchers, arguments.updates)
    hundredths = statistics.quantiles(waits, n=100)
    print("| watchers | updates | p50 | p99 | longest | not told |")
    print("|---|---|---|---|---|---|")
    p50, p99, longest = (
        f"{1000 * each:.0f} ms" for each in (hundredths[49], hundredths[98], max(waits))
    )
    print(f"| {arguments.watchers} | {arguments.updates} | {p50} | {p99} | {longest} | {lost} |")


if __name__ == "__main__":
    main()

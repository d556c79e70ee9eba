"""Providers that hang, one or many, spoil nothing but themselves."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import VersionStatus
from app.jobs.models import Job
from app.jobs.syncing import schedule_sync
from app.worker import Worker
from tests.datasets.uploads import upload, version_at
from tests.engine_fixture import wait_until
from tests.jobs.conftest import AddJob, reload
from tests.jobs.provider import FakeProvider

HANGING = 4
PATIENCE = 15.0


@pytest.fixture
def black_hole() -> Iterator[str]:
    """Takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        for each in taken:
            each.close()
        thread.join(5)


@pytest.fixture
def worker(context: Context) -> Iterator[Worker]:
    worker = Worker(context)
    yield worker
    worker.stop(timeout=1)


@pytest.mark.slow
def test_others_are_served_meanwhile(
    context: Context,
    db: Database,
    ed: TestClient,
    add_job: AddJob,
    provider: FakeProvider,
    black_hole: str,
    worker: Worker,
) -> None:
    for number in range(HANGING):
        add_followed(db, add_job, f"hung-{number}", connection_id=add_hole(db, black_hole, number))
    told = provider.create_job({"model": "tiny", "training_file": "file-1"})
    job = add_followed(db, add_job, told["id"])
    path = str(upload(ed, name="more").headers["location"])
    worker.start()
    wait_until(lambda: reload(db, job).last_synced_at is not None, PATIENCE)
    wait_until(lambda: version_at(db, path).status is VersionStatus.READY, PATIENCE)
    assert reload(db, job).sync_error is None


def add_hole(db: Database, url: str, number: int) -> int:
    hole = Connection(
        name=f"hole {number}", profile_name="compatible", base_url=url, models_due_at=now()
    )
    with db.write() as session:
        session.add(hole)
    return hole.id or 0


def add_followed(db: Database, add_job: AddJob, remote_id: str, **values: object) -> Job:
    job = add_job(
        number=remote_id, remote_id=remote_id, creation="created", status="running", **values
    )
    with db.write() as session:
        schedule_sync(session, job.connection_id, now())
    return job

"""The worker ends within some seconds, whoever it waits for, and nothing is lost by that."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from app.connections.models import Connection
from app.core.context import Context
from app.core.db import Database
from app.jobs.models import Creation, Job
from app.worker import Worker
from tests.jobs.conftest import (  # noqa: F401 - fixtures
    AddJob,
    add_job,
    add_version,
    connection,
    provider,
    reload,
    version,
)


@pytest.fixture
def hole(db: Database, connection: Connection) -> Iterator[threading.Event]:  # noqa: F811
    """The provider takes what it is sent and says nothing; set when somebody has called."""
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            while not taken:
                taken.append(server.accept()[0])
            called.set()

        threading.Thread(target=take, daemon=True).start()
        with db.write() as session:
            row = session.get_one(Connection, connection.id)
            row.base_url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        yield called
        for each in taken:
            each.close()


def test_a_silent_provider_does_not_hold_up_the_end(
    context: Context,
    db: Database,
    add_job: AddJob,  # noqa: F811
    hole: threading.Event,
) -> None:
    job: Job = add_job()
    worker = Worker(context)
    worker.start()
    assert hole.wait(20)
    began = time.monotonic()
    worker.stop(timeout=20)
    assert time.monotonic() - began < 15
    assert reload(db, job).creation is Creation.CREATING

"""A provider that can misbehave, a connection to it, a checked dataset, and jobs on their way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.jobs import creating, syncing
from app.jobs.models import Job, JobSync
from app.worker import do_all_due
from tests.jobs.provider import FakeProvider, serve

ROW = '{"messages":[{"role":"user","content":"Q%d"},{"role":"assistant","content":"A%d"}]}\n'


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with serve(FakeProvider()) as provider:
        yield provider


@pytest.fixture
def connection(db: Database, provider: FakeProvider) -> Connection:
    connection = Connection(
        name="Elsewhere",
        profile_name="compatible",
        base_url=provider.url,
        models=[
            {"id": "tiny", "owned_by": None, "created_at": None, "shutdown_date": None}
            | {"is_tuned": False}
        ],
        models_due_at=now() + timedelta(days=1),
    )
    with db.write() as session:
        session.add(connection)
    return connection


AddVersion = Callable[..., DatasetVersion]


@pytest.fixture
def add_version(context: Context, editor: Actor) -> AddVersion:
    def add(name: str = "reviews", rows: int = 12, first: int = 0) -> DatasetVersion:
        with context.db.write() as session, context.storage.writer() as writer:
            for number in range(first, first + rows):
                writer.write((ROW % (number, number)).encode())
            file = IncomingFile(f"{name}.jsonl", writer)
            version = create_dataset(session, editor, DatasetCreate(name=name), file)
        do_all_due(context, checking.TASKS)
        with context.db.read() as session:
            return session.get_one(DatasetVersion, version.id)

    return add


@pytest.fixture
def version(add_version: AddVersion) -> DatasetVersion:
    return add_version()


AddJob = Callable[..., Job]


@pytest.fixture
def add_job(db: Database, connection: Connection, version: DatasetVersion) -> AddJob:
    """A row as the create page leaves it."""

    def add(**values: object) -> Job:
        number = values.pop("number", 1)
        given: dict[str, Any] = {
            "name": f"job {number}",
            "token": f"token-{number}",
            "submission": f"submission-{number}",
            "connection_id": connection.id,
            "base_model": "tiny",
            "training_version_id": version.id,
            "requested": {"n_epochs": 3, "batch_size": "auto"},
        }
        job = Job(**(given | values))
        with db.write() as session:
            session.add(job)
        return job

    return add


def make_due(db: Database) -> None:
    """Whatever waits has waited long enough."""
    long_ago = now() - timedelta(minutes=2)
    with db.write() as session:
        session.exec(update(Job).values(next_sync_at=long_ago))
        session.exec(update(JobSync).values(next_sync_at=long_ago))


def let_time_pass(db: Database, seconds: float) -> None:
    """As if intents had been written so much earlier."""
    with db.write() as session:
        for job in session.exec(select(Job).where(col(Job.asked_at).is_not(None))).all():
            assert job.asked_at is not None
            job.asked_at -= timedelta(seconds=seconds)


def work(context: Context) -> None:
    """Everything about jobs that is due now, and nothing that waits."""
    do_all_due(context, [*creating.TASKS, *syncing.TASKS])


def reload(db: Database, job: Job) -> Job:
    with db.read() as session:
        return session.get_one(Job, job.id)

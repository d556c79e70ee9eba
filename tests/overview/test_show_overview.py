"""The first page: what runs, what ended, what needs attention, what comes next."""

from datetime import timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.connections.service import ensure_engine_connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.db import Database
from app.core.secrets import SecretBox
from app.core.storage import Storage
from app.datasets.models import DatasetVersion, VersionStatus
from app.datasets.samples import load_sample
from app.jobs.models import Job
from app.provider.types import JobStatus

HOSTILE = '<script>alert("한국어")</script>'


@pytest.fixture
def connection(db: Database, secrets: SecretBox) -> Connection:
    with db.write() as session:
        return ensure_engine_connection(session, secrets, "http://127.0.0.1:9/v1", "sk-test")


@pytest.fixture
def version(db: Database, storage: Storage, editor: Actor) -> DatasetVersion:
    with db.write() as session:
        version = load_sample(session, storage, editor)
        version.status = VersionStatus.READY
        return version


def add_job(
    session: Session, connection: Connection, version: DatasetVersion, name: str, status: JobStatus
) -> None:
    session.add(
        Job(
            name=name,
            token=name,
            submission=name,
            connection_id=connection.id or 0,
            status=status,
            is_finished=status.is_terminal,
            finished_at=now() - timedelta(minutes=3) if status.is_terminal else None,
            base_model="tiny-chat",
            training_version_id=version.id or 0,
            fine_tuned_model="ft:x" if status is JobStatus.SUCCEEDED else None,
            curve=[2.0, 1.0, 0.5],
        )
    )


def test_a_newcomer_is_shown_the_first_step(ed: TestClient) -> None:
    page = ed.get("/").text
    assert 'aria-current="step"' in page
    assert page.index("steps__item--next") < page.index("Read its report")
    assert "Running now" not in page


def test_the_next_step_follows_what_is_done(ed: TestClient, version: DatasetVersion) -> None:
    page = ed.get("/").text
    assert page.index("Create a job</b>") > page.index("steps__item--next") > page.index("done")


def test_it_shows_what_runs_and_what_ended(
    vi: TestClient, db: Database, connection: Connection, version: DatasetVersion
) -> None:
    with db.write() as session:
        add_job(session, connection, version, "stars-now", JobStatus.RUNNING)
        add_job(session, connection, version, "stars-then", JobStatus.SUCCEEDED)
        add_job(session, connection, version, HOSTILE, JobStatus.FAILED)
    page = vi.get("/").text
    assert page.index("Running now") < page.index("stars-now") < page.index("stars-then")
    assert HOSTILE not in page
    assert "The job &lt;script&gt;" in page
    assert "Your first tuned model" not in page
    assert "/jobs/new" not in page


def test_the_part_that_moves_asks_again_only_while_something_does(
    ed: TestClient, db: Database, connection: Connection, version: DatasetVersion
) -> None:
    assert "every 10s" not in ed.get("/overview/jobs").text
    with db.write() as session:
        add_job(session, connection, version, "stars-now", JobStatus.RUNNING)
    assert "every 10s" in ed.get("/overview/jobs").text


def test_a_blocked_dataset_needs_attention(
    ed: TestClient, db: Database, version: DatasetVersion
) -> None:
    with db.write() as session:
        session.get_one(DatasetVersion, version.id).status = VersionStatus.BLOCKED
    assert "cannot be used for a job yet" in ed.get("/").text


def test_it_is_for_people_who_signed_in(anonymous: TestClient) -> None:
    assert anonymous.get("/").headers["location"] == "/login"

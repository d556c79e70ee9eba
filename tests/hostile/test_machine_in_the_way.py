"""A locked database, a read-only one, a full disk: a sentence, and nothing is lost."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.jobs.models import Job
from app.provider.types import JobStatus
from app.web.troubles import find_trouble
from tests.jobs.conftest import AddJob, make_due, reload, work
from tests.jobs.provider import FakeProvider
from tests.jobs.test_cancel_job import followed

HTMX = {"hx-request": "true", "hx-request-type": "partial"}
FORM = {"name": "New", "profile": "compatible", "base_url": "http://127.0.0.1:9/v1"}


@contextmanager
def pragma(db: Database, statement: str) -> Iterator[None]:
    """On every connection, also those that are open already."""

    def set_it(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA {statement}")

    event.listen(db.engine, "checkout", set_it)
    yield
    event.remove(db.engine, "checkout", set_it)


def test_a_database_that_stays_locked(app: FastAPI, ada: TestClient, db: Database) -> None:
    path = str(db.engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pragma(db, "busy_timeout=50"):
            page = ada.post("/connections", data=FORM)
            partial = ada.post("/connections", data=FORM, headers=HTMX)
            read = ada.get("/connections")
        other.execute("ROLLBACK")
    assert (page.status_code, partial.status_code, read.status_code) == (503, 503, 200)
    assert page.headers["retry-after"] == "5"
    assert "The database is busy. Nothing was changed" in page.text
    assert 'hx-target="#flash"' in partial.text
    with pragma(db, "busy_timeout=10000"):
        assert ada.post("/connections", data=FORM).status_code == 303


def test_a_database_that_may_not_be_written_to(ada: TestClient, db: Database) -> None:
    with pragma(db, "query_only=ON"):
        answer = ada.post("/connections", data=FORM)
    assert answer.status_code == 503
    assert "may not write to its data" in answer.text
    with pragma(db, "query_only=OFF"):
        assert ada.post("/connections", data=FORM).status_code == 303


def test_a_full_disk_under_the_database(ada: TestClient, db: Database) -> None:
    with pragma(db, "max_page_count=1"):
        answers = [
            ada.post(
                "/connections",
                data={**FORM, "name": f"New {number}", "base_url": FORM["base_url"] + "/x" * 200},
            )
            for number in range(80)
        ]
    full = next(answer for answer in answers if answer.status_code != 303)
    assert full.status_code == 507
    assert "The disk of the server is full. Nothing was changed" in full.text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_under_the_files(number: int) -> None:
    trouble = find_trouble(OSError(number, "x"))
    assert trouble is not None
    assert trouble.status == 507


def test_a_fault_of_ours_is_not_the_machines() -> None:
    assert find_trouble(OSError(errno.EPIPE, "x")) is None
    assert find_trouble(ValueError("x")) is None


def test_what_could_not_be_stored_is_asked_for_again(
    context: Context, provider: FakeProvider, add_job: AddJob
) -> None:
    job = followed(context, provider, add_job)
    told = provider.create_file(b'filename="r.csv"\r\n\r\nstep,train_loss\n1,0.5\n\r\n--')
    provider.finish(job.remote_id or "", result_files=[told["id"]])

    files, aside = (context.settings.data_dir / name for name in ("files", "aside"))
    files.rename(aside)
    files.touch()
    for _ in range(14):
        make_due(context.db)
        work(context)
    waiting = reload(context.db, job)
    assert "cannot be stored here" in (waiting.sync_error or "")
    assert not waiting.is_read
    files.unlink()
    aside.rename(files)
    make_due(context.db)
    work(context)
    done = reload(context.db, job)
    assert (done.status, done.is_read, done.sync_error) == (JobStatus.SUCCEEDED, True, None)
    assert done.train_loss == 0.5


def test_jobs_are_listed_meanwhile(ada: TestClient, db: Database, job: Job) -> None:
    with pragma(db, "query_only=ON"):
        assert ada.get("/jobs").status_code == 200
        assert ada.get(f"/jobs/{job.id}").status_code == 200

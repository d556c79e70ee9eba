"""All who follow a job are woken by a commit, whoever made it, and one thread looks for all."""

import asyncio
import threading
import time

import pytest
from sqlmodel import Session

from app.core.db import Database
from app.jobs.feed import feed_of
from app.jobs.models import Creation, Job
from app.jobs.watching import State, read_state
from app.provider.types import JobStatus
from tests.engine_fixture import wait_until
from tests.jobs.conftest import AddJob
from tests.jobs.story import tell_event

LONG = 30.0


@pytest.fixture
def job(add_job: AddJob) -> Job:
    return add_job(creation=Creation.CREATED, remote_id="ftjob-1", status=JobStatus.RUNNING)


def lookouts() -> int:
    return sum(thread.name == "live" for thread in threading.enumerate())


def follow(db: Database, job_id: int, act: object, count: int = 3) -> tuple[list[State], float]:
    """The states that were prepared, and how long all waited after `act` was called."""
    prepared: list[State] = []

    async def wait_all() -> float:
        feed = feed_of(db)
        with feed.follow(db, job_id, prepared.append) as first:
            await first(LONG)
            others = [feed.follow(db, job_id, prepared.append) for _ in range(count - 1)]
            waits = [first, *(other.__enter__() for other in others)]
            began = time.monotonic()
            assert callable(act)
            await asyncio.gather(asyncio.to_thread(act), *(wait(LONG) for wait in waits))
            assert lookouts() == 1
            for other in others:
                other.__exit__(None, None, None)
            return time.monotonic() - began

    return prepared, asyncio.run(wait_all())


def test_all_are_woken_by_a_commit_of_another(db: Database, session: Session, job: Job) -> None:
    elsewhere = Database(db.url)
    prepared, seconds = follow(db, job.id or 0, lambda: tell_event(elsewhere, job, "Hello."))
    elsewhere.close()
    assert seconds < LONG / 2
    assert prepared[-1] == read_state(session, job.id or 0)
    assert len(prepared) == 4


def test_nobody_looks_when_nobody_follows(db: Database, job: Job) -> None:
    follow(db, job.id or 0, lambda: tell_event(db, job, "Hello."))
    wait_until(lambda: lookouts() == 0, 10)
    assert feed_of(db).find_state(job.id or 0) is None


def test_what_changes_elsewhere_wakes_nobody(db: Database, add_job: AddJob, job: Job) -> None:
    other = add_job(number=2, creation=Creation.CREATED, remote_id="ftjob-2")

    async def wait() -> bool:
        feed, woken = feed_of(db), list[State]()
        with feed.follow(db, job.id or 0, woken.append) as follower:
            await follower(LONG)
            await asyncio.to_thread(tell_event, db, other, "Hello.")
            await follower(0.3)
        return len(woken) == 1

    assert asyncio.run(wait())

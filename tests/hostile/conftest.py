"""Something of everything, to be attacked: a dataset, a connection, a job with its story."""

import pytest

from app.core.db import Database
from app.jobs.models import Job
from app.provider.types import JobStatus
from tests.jobs.conftest import (  # noqa: F401 - fixtures
    AddJob,
    add_job,
    add_version,
    connection,
    provider,
    version,
)
from tests.jobs.story import falling, tell_event, tell_steps


@pytest.fixture
def job(add_job: AddJob, db: Database) -> Job:  # noqa: F811
    job = add_job(creation="created", remote_id="ftjob-1", status=JobStatus.RUNNING)
    tell_steps(db, job, falling(5))
    tell_event(db, job, "It begins.")
    return job

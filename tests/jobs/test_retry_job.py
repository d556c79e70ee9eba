"""Trying again what never reached its provider."""

from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.core.context import Context
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, work
from tests.jobs.provider import FakeProvider, Fault


def test_makes_a_new_job_of_it_once(
    ed: TestClient, context: Context, session: Session, provider: FakeProvider, add_job: AddJob
) -> None:
    job = add_job(suffix="tone")
    provider.fail("POST /v1/fine_tuning/jobs$", Fault(400))
    work(context)
    first, second = ed.post(f"/jobs/{job.id}/retry"), ed.post(f"/jobs/{job.id}/retry")
    assert first.headers["location"] == second.headers["location"]
    work(context)
    old, new = session.exec(select(Job).order_by(Job.id)).all()  # type: ignore[arg-type]
    assert (old.status, new.creation) == (JobStatus.FAILED, Creation.CREATED)
    assert (new.suffix, new.requested, new.copied_from_id) == ("tone", old.requested, old.id)
    assert new.token != old.token


def test_a_job_the_provider_has_is_not_tried_again(
    ed: TestClient, session: Session, add_job: AddJob
) -> None:
    job = add_job(
        remote_id="ftjob-1", creation=Creation.CREATED, status=JobStatus.FAILED, is_finished=True
    )
    assert ed.post(f"/jobs/{job.id}/retry").status_code == 409
    assert len(session.exec(select(Job)).all()) == 1

"""The page of a job: what stands above its tabs, in every state and for every role."""

from datetime import timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.clock import now
from app.core.db import Database
from app.datasets.models import DatasetVersion
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob, AddVersion
from tests.jobs.story import change, falling, tell_checkpoint, tell_event, tell_steps

RUNNING = {
    "creation": Creation.CREATED,
    "remote_id": "ftjob-HZ81kfmQaaBbq8Lk",
    "status": JobStatus.RUNNING,
    "raw_status": "running",
    "total_steps": 60,
    "resolved": {"n_epochs": 3},
}
ENDED = {"is_finished": True, "is_read": True}


@pytest.fixture
def job(add_job: AddJob, db: Database) -> Job:
    job = add_job(name="history-tutor", started_at=now() - timedelta(minutes=2), **RUNNING)
    tell_steps(db, job, falling(40))
    change(db, job, last_synced_at=now())
    return job


def page_of(client: TestClient, job: Job, query: str = "") -> str:
    answer = client.get(f"/jobs/{job.id}{query}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_running_job_shows_its_numbers(ed: TestClient, job: Job) -> None:
    html = page_of(ed, job)
    assert "<h1>history-tutor</h1>" in html
    assert "status--running" in html
    assert 'value="ftjob-HZ81kfmQaaBbq8Lk"' in html
    assert '<div class="figure figure--lead"><dt>Validation loss</dt><dd>0.53500' in html
    assert "best 0.53500 at step 40" in html
    assert "<dt>Epoch</dt><dd>2 <small>of 3</small>" in html
    assert "of 60" in html
    assert "1 min" in html


def test_an_editor_is_offered_what_can_be_done(ed: TestClient, job: Job) -> None:
    html = page_of(ed, job)
    assert f"/jobs/new?from={job.id}" in html
    assert f'action="/jobs/{job.id}/cancel"' in html
    assert "The provider stops at step 40 of 60 or soon after." in html
    assert "The job has no tuned model to try." in html


def test_a_viewer_sees_all_and_is_offered_nothing(vi: TestClient, job: Job, db: Database) -> None:
    tell_checkpoint(db, job, 20, {"valid_loss": 0.6})
    for tab in ("metrics", "checkpoints", "data", "configuration", "events", "raw"):
        html = page_of(vi, job, f"?tab={tab}")
        assert "/cancel" not in html
        assert "/jobs/new" not in html
        assert "/playground?" not in html
        assert "/sync" not in html


def test_nobody_is_sent_to_sign_in(anonymous: TestClient, job: Job) -> None:
    answer = anonymous.get(f"/jobs/{job.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_job_that_is_not_there(ed: TestClient) -> None:
    assert ed.get("/jobs/4711").status_code == 404
    assert ed.get(f"/jobs/{2**70}").status_code == 422


def test_a_finished_job_leads_to_the_playground(ed: TestClient, job: Job, db: Database) -> None:
    model = "ft:tiny:team::9uJPbR69"
    change(db, job, status=JobStatus.SUCCEEDED, fine_tuned_model=model, **ENDED)
    html = page_of(ed, job)
    assert f"/playground?job={job.id}" in html
    assert f'value="{model}"' in html
    assert "hx-sse:connect" not in html
    assert "The job has ended." in html


def test_a_live_page_has_one_stream(ed: TestClient, job: Job) -> None:
    html = page_of(ed, job)
    assert html.count("hx-sse:connect") == 1
    assert f'hx-sse:connect="/jobs/{job.id}/live?after=40.40.' in html
    assert 'hx-sse:close="done"' in html


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"creation": Creation.CREATING, "remote_id": None},
            "The data is on its way to Elsewhere.",
        ),
        (
            {"creation": Creation.CREATING, "remote_id": None, "training_remote_file": "file-1"},
            "Elsewhere reads the data.",
        ),
        ({"creation": Creation.ASKED, "remote_id": None}, "Asked Elsewhere to create the job"),
        ({"status": JobStatus.VALIDATING}, "Elsewhere checks the data"),
        ({"status": JobStatus.QUEUED}, "In the queue of Elsewhere"),
        ({"status": JobStatus.RUNNING}, "The first step has not been reported yet."),
        ({"status": JobStatus.PAUSED}, "Paused at Elsewhere"),
    ],
)
def test_what_is_waited_for_is_said(
    ed: TestClient, add_job: AddJob, values: dict[str, object], sentence: str
) -> None:
    html = page_of(ed, add_job(**(RUNNING | values)))
    assert sentence in html
    assert "Nothing measured yet" in html


@pytest.mark.parametrize("status", list(JobStatus))
def test_every_status_has_its_word(ed: TestClient, add_job: AddJob, status: JobStatus) -> None:
    job = add_job(**(RUNNING | {"status": status, "is_finished": status.is_terminal}))
    html = page_of(ed, job)
    assert f"status--{status.value}" in html


def test_an_invented_status_is_shown_as_it_came(ed: TestClient, add_job: AddJob) -> None:
    invented = RUNNING | {"status": JobStatus.UNKNOWN, "raw_status": "hiber<b>nating"}
    html = page_of(ed, add_job(**invented))
    assert "unknown: hiber&lt;b&gt;nating" in html


def test_a_failed_job_opens_on_the_reason_and_the_row(
    ed: TestClient, job: Job, db: Database, version: DatasetVersion
) -> None:
    words = "Invalid file format. Example 7, message 2 Discriminator 'role' is missing in value"
    failed = {"status": JobStatus.FAILED, "error_code": "invalid_training_file"}
    change(db, job, error_message=words, **failed, **ENDED)
    tell_event(db, job, words, "error")
    html = page_of(ed, job)
    assert "A message has no role, or one the provider does not know." in html
    assert "Discriminator &#39;role&#39; is missing in value" in html
    rows = f"/datasets/{version.dataset_id}/versions/{version.number}/examples?line=7"
    assert f'href="{rows}"' in html
    assert "event--error" in html
    assert 'aria-current="page">Events' in html


def test_a_row_of_the_validation_data_is_looked_for_there(
    ed: TestClient, job: Job, db: Database, add_version: AddVersion
) -> None:
    other = add_version("held out", first=100)
    change(
        db,
        job,
        validation_version_id=other.id,
        status=JobStatus.FAILED,
        error_message="Invalid validation file. Example 3 is not a dictionary",
        error_param="validation_file",
        **ENDED,
    )
    html = page_of(ed, job)
    assert f"/datasets/{other.dataset_id}/versions/{other.number}/examples?line=3" in html


def test_a_job_that_was_never_created_says_why_and_can_be_tried_again(
    ed: TestClient, add_job: AddJob
) -> None:
    job = add_job(
        creation=Creation.ABANDONED,
        status=JobStatus.FAILED,
        error_message="Nothing answers at {host}. Check the base URL.",
        error_places={"host": "api.example.com"},
        **ENDED,
    )
    html = page_of(ed, job)
    assert "The job was not created." in html
    assert "Nothing answers at api.example.com." in html
    assert f'action="/jobs/{job.id}/retry"' in html


def test_a_stale_job_says_since_when_and_why(ed: TestClient, job: Job, db: Database) -> None:
    change(
        db,
        job,
        sync_error="Nothing answers at {host}.",
        sync_error_places={"host": "api.example.com"},
        last_synced_at=now() - timedelta(minutes=12),
    )
    html = page_of(ed, job)
    assert "Out of touch with the provider; it last answered 12 minutes ago." in html
    assert "Nothing answers at api.example.com." in html


def test_what_was_overridden_stays_in_sight(ed: TestClient, job: Job, db: Database) -> None:
    warning = {"sentence": "The report on {name} has warnings.", "places": {"name": "reviews @1"}}
    change(db, job, warnings=[warning], warnings_reason="same question, <i>other</i> wording")
    html = page_of(ed, job)
    assert "Started although there were warnings." in html
    assert "The report on reviews @1 has warnings." in html
    assert "same question, &lt;i&gt;other&lt;/i&gt; wording" in html


def test_a_base_that_stops_is_announced(
    ed: TestClient, job: Job, db: Database, connection: Connection
) -> None:
    day = (now() + timedelta(days=20)).date().isoformat()
    record = {"id": "tiny", "owned_by": None, "created_at": None, "is_tuned": False}
    with db.write() as session:
        kept = session.get_one(Connection, connection.id)
        kept.models = [record | {"shutdown_date": day}]
    html = page_of(ed, job)
    assert "tiny and everything tuned on it stops in 20 days." in html
    assert "stops in 20 days</span>" in html


def test_at_most_three_alerts(
    ed: TestClient, job: Job, db: Database, connection: Connection
) -> None:
    record = {"id": "tiny", "owned_by": None, "created_at": None, "is_tuned": False}
    with db.write() as session:
        kept = session.get_one(Connection, connection.id)
        kept.models = [record | {"shutdown_date": "2020-01-01"}]
    change(db, job, warnings_reason="because", sync_error="Nothing answers.")
    change(db, job, status=JobStatus.FAILED, error_message="It broke.", is_finished=True)
    html = page_of(ed, job)
    assert html.count('class="strip strip--') == 3
    assert "has been shut down" not in html


def test_a_forgotten_job_stays_readable(ed: TestClient, job: Job, db: Database) -> None:
    change(
        db,
        job,
        status=JobStatus.UNKNOWN,
        raw_status="",
        forgotten_at=now(),
        sync_error="The provider no longer knows this job. What was copied before stays here.",
        **ENDED,
    )
    for tab in ("metrics", "checkpoints", "data", "configuration", "events", "raw"):
        assert "What was copied before stays here." in page_of(ed, job, f"?tab={tab}")


def test_hostile_words_stay_words(ed: TestClient, add_job: AddJob, db: Database) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}%(x)s{y}'
    job = add_job(
        **(RUNNING | {"name": hostile[:120], "remote_id": hostile, "raw": {"a": hostile}})
    )
    change(db, job, status=JobStatus.FAILED, error_message=hostile, fine_tuned_model=hostile)
    tell_event(db, job, hostile, "error")
    tell_checkpoint(db, job, 1, {"valid_loss": 1.0})
    for tab in ("metrics", "checkpoints", "data", "configuration", "events", "raw"):
        html = page_of(ed, job, f"?tab={tab}")
        assert "<script>alert" not in html
        assert "{{ 7*7 }}%(x)s{y}" in html


def test_a_tab_that_does_not_exist_is_the_usual_one(ed: TestClient, job: Job) -> None:
    assert 'aria-current="page">Metrics' in page_of(ed, job, "?tab=nonsense")


def test_free_jobs_cost_nothing(
    ed: TestClient, job: Job, db: Database, session: Session, connection: Connection
) -> None:
    with db.write() as writing:
        writing.get_one(Connection, connection.id).is_embedded = True
    change(db, job, estimated_usd=0.43, trained_tokens=1234)
    html = page_of(ed, job)
    assert "<dt>Cost</dt><dd>free <small>1,234 tokens</small>" in html
    assert session.get_one(Job, job.id).estimated_usd == 0.43


def test_cost_goes_from_estimated_to_actual(ed: TestClient, job: Job, db: Database) -> None:
    change(db, job, estimated_usd=0.43, usd_per_million=5.0)
    assert "<dt>Cost, estimated</dt><dd>$0.43" in page_of(ed, job)
    assert "about $0.29" in page_of(ed, job)
    change(db, job, trained_tokens=82_000)
    assert "<dt>Cost</dt><dd>$0.41 <small>est. $0.43</small>" in page_of(ed, job)

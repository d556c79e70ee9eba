"""A provider's words, whatever they are, are kept, shown as text, and can be downloaded."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.jobs.models import Job
from app.jobs.syncing import schedule_sync
from tests.jobs.conftest import AddJob, make_due, reload, work
from tests.jobs.provider import FakeProvider, Fault

pytestmark = pytest.mark.slow

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
TABS = ("metrics", "events", "checkpoints", "data", "configuration", "raw")


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


ODD: list[Any] = [
    SCRIPT,
    "\ud800\x00\u2028\u202e",
    "%(x)s {0.__class__} {{ 7*7 }}",
    "=cmd|' /C calc'!A0",
    10**30,
    -(10**400),
    [],
    {},
    True,
    deep(40),
    "x" * 100_000,
]


def tell(provider: FakeProvider, job_id: str, word: Any) -> None:
    """The word stands wherever a provider may say something."""
    told = provider.jobs[job_id]
    told |= {"status": "running", "estimated_finish": word, "trained_tokens": word}
    told |= {"fine_tuned_model": word, "hyperparameters": {"n_epochs": word, "x": word}}
    told |= {"error": {"code": word, "message": word, "param": word}, "seed": word}
    # An id longer than a request line is never asked for successfully.
    told["result_files"] = [word] if len(str(word)) < 1000 else []
    data = {"step": 1, "train_loss": 0.5, "valid_loss": word}
    event = {"id": "ev-1", "created_at": word, "level": word, "type": word, "message": word}
    named = {str(word)[:150]: 0.5, "step": 2}
    other = {"id": word, "message": f"Step 2: {word}"[:500], "data": named}
    provider.events[job_id] = [event | {"data": data}, other]
    provider.checkpoints[job_id] = [
        {"id": word, "step_number": 1, "metrics": {"x": word}, "fine_tuned_model_checkpoint": word}
    ]


@pytest.mark.slow
@pytest.mark.parametrize("status", ["running", "failed", "succeeded", SCRIPT])
@pytest.mark.parametrize("word", ODD, ids=lambda word: str(type(word).__name__))
def test_odd_words(
    ada: TestClient,
    context: Context,
    db: Database,
    provider: FakeProvider,
    add_job: AddJob,
    word: Any,
    status: str,
) -> None:
    told = provider.create_job({"model": "tiny", "training_file": "file-1"})
    job = add_job(creation="created", remote_id=told["id"], status="running")
    tell(provider, told["id"], word)
    provider.jobs[told["id"]]["status"] = status
    follow(db, context, job)
    assert reload(db, job).last_synced_at is not None
    pages = [f"/jobs/{job.id}?tab={tab}" for tab in TABS]
    for address in [*pages, "/", "/jobs", "/playground", f"/jobs/{job.id}/metrics.csv",
                    f"/jobs/{job.id}/figures/loss.json"]:  # fmt: skip
        answer = ada.get(address)
        assert answer.status_code == 200, address
        if answer.headers["content-type"].startswith("text/html"):
            assert "<script>alert" not in answer.text
            assert "<img src=x" not in answer.text
    lines = ada.get(f"/jobs/{job.id}/events.jsonl").content.split(b"\n")[:-1]
    assert all(json.loads(line)["message"] is not None for line in lines)


def follow(db: Database, context: Context, job: Job) -> None:
    with db.write() as session:
        schedule_sync(session, job.connection_id, now())
    work(context)
    make_due(db)
    work(context)


@pytest.mark.parametrize("word", [SCRIPT, "\ud800\x00", "{x} %(y)s", 7, None, ["x"], deep(500)])
def test_odd_refusals(
    ada: TestClient,
    context: Context,
    db: Database,
    provider: FakeProvider,
    add_job: AddJob,
    word: Any,
) -> None:
    body = {"error": {"message": word, "code": word, "type": word, "param": word}}
    provider.fail(r"fine_tuning/jobs", *[Fault(400, body=body)] * 3)
    job = add_job(creation="created", remote_id="ftjob-9", status="running")
    follow(db, context, job)
    for address in (f"/jobs/{job.id}", "/jobs", "/", "/connections/1", "/connections"):
        answer = ada.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_result_file_that_may_not_be_read(
    context: Context, db: Database, provider: FakeProvider, add_job: AddJob, status: int
) -> None:
    """The job has ended all the same."""
    told = provider.create_job({"model": "tiny", "training_file": "file-1"})
    job = add_job(creation="created", remote_id=told["id"], status="running")
    provider.finish(told["id"], result_files=["file-9"])
    provider.fail(r"GET /v1/files/file-9/content", *[Fault(status)] * 3)
    follow(db, context, job)
    kept = reload(db, job)
    assert (kept.status, kept.sync_error) == ("succeeded", None)
    assert kept.fine_tuned_model == f"ft:tiny:org::{told['id']}"

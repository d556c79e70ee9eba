"""The tabs of a job beside its metrics: checkpoints, data, configuration, events, raw JSON."""

import json
import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion
from app.jobs.event_log import PAGE
from app.jobs.models import Creation, Job, JobFile
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob
from tests.jobs.story import change, falling, tell_checkpoint, tell_event, tell_steps


@pytest.fixture
def job(add_job: AddJob) -> Job:
    return add_job(
        creation=Creation.CREATED,
        remote_id="ftjob-1",
        status=JobStatus.RUNNING,
        total_steps=60,
        resolved={"n_epochs": 3, "batch_size": 4},
        training_remote_file="file-HZ81kfmQaaBbq8Lk",
    )


def tab(client: TestClient, job: Job, name: str, **query: str) -> str:
    answer = client.get(f"/jobs/{job.id}", params={"tab": name} | query)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_checkpoints_say_which_is_best_and_can_be_tried(
    ed: TestClient, job: Job, db: Database
) -> None:
    for step, loss in ((20, 0.61), (40, 0.52), (60, 0.58)):
        tell_checkpoint(db, job, step, {"full_valid_loss": loss, "train_loss": 0.4})
    html = tab(ed, job, "checkpoints")
    best = html.split('class="is-best"')[1].split("</tr>")[0]
    assert html.count(">best</span>") == 1
    assert "<b>40</b>" in best
    assert "0.52000" in best
    assert f"/playground?job={job.id}&amp;model=ft%3Atiny%3Ackpt-step-40" in best


def test_one_checkpoint_is_not_called_the_best(ed: TestClient, job: Job, db: Database) -> None:
    tell_checkpoint(db, job, 60, {"valid_loss": 0.5})
    assert ">best</span>" not in tab(ed, job, "checkpoints")


def test_no_checkpoints_teach_what_they_are(ed: TestClient, job: Job) -> None:
    assert "No checkpoints yet" in tab(ed, job, "checkpoints")


def test_data_shows_what_was_sent(ed: TestClient, job: Job, version: DatasetVersion) -> None:
    html = tab(ed, job, "data")
    assert version.sha256 in html
    assert 'value="file-HZ81kfmQaaBbq8Lk"' in html
    assert re.findall(r"<h3>row (\d+)</h3>", html) == ["1", "2", "3", "4", "5"]
    assert "Q4" in html
    assert "Q5" not in html
    assert "Without rows that are held back" in html


def test_data_whose_bytes_are_gone_is_said(
    ed: TestClient, job: Job, version: DatasetVersion, context: Context
) -> None:
    context.storage.delete(version.sha256)
    assert "The rows cannot be read" in tab(ed, job, "data")


def test_configuration_shows_asked_and_resolved(ed: TestClient, job: Job) -> None:
    html = tab(ed, job, "configuration")
    assert '<code>n_epochs</code></dt><dd>3 <span class="tag tag--accent">chosen' in html
    assert '<code>batch_size</code></dt><dd>auto → <b>4</b> <span class="tag">default' in html


def test_the_request_can_be_repeated_without_the_key(
    ed: TestClient, job: Job, context: Context, db: Database
) -> None:
    change(db, job, suffix="it's", seed=7)
    with db.write() as session:
        connection = session.get_one(Connection, job.connection_id)
        connection.encrypted_key = context.secrets.encrypt("sk-very-secret")
    html = tab(ed, job, "configuration")
    body = re.search(r'<copy-button value="(\{[^"]*\})"', html)
    assert body is not None
    sent = json.loads(unescape(body.group(1)))
    assert sent["training_file"] == "file-HZ81kfmQaaBbq8Lk"
    assert sent["method"]["supervised"]["hyperparameters"] == {"n_epochs": 3}
    assert sent["seed"] == 7
    assert "$OPENAI_API_KEY" in html
    assert "it&#39;\\&#39;&#39;s" in html
    assert "sk-very-secret" not in html


def test_result_files_are_named(ed: TestClient, job: Job, db: Database) -> None:
    with db.write() as session:
        session.add(
            JobFile(job_id=job.id or 0, remote_id="file-results", sha256="0" * 64, size=2048)
        )
    html = tab(ed, job, "configuration")
    assert "file-results" in html
    assert "2 kB" in html


def test_steps_are_folded_between_what_is_said(ed: TestClient, job: Job, db: Database) -> None:
    tell_event(db, job, "Fine-tuning job started")
    tell_steps(db, job, falling(30))
    tell_event(db, job, "Checkpoint created")
    html = tab(ed, job, "events")
    assert html.index("Checkpoint created") < html.index("Steps 1 to 30")
    assert html.index("Steps 1 to 30") < html.index("Fine-tuning job started")
    assert html.count("<time datetime") == 3 + html.count("<time-ago>")
    assert "+0:30" in html


def test_each_step_can_be_listed(ed: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(30))
    html = tab(ed, job, "events", each="1")
    assert "Step 30: training loss" in html
    assert "Step 1: training loss" in html


def test_events_are_filtered_by_level_and_words(ed: TestClient, job: Job, db: Database) -> None:
    tell_event(db, job, "All is well")
    tell_event(db, job, "Slow down 50% please", "warn")
    tell_event(db, job, "It broke", "error")
    warned, failed = tab(ed, job, "events", level="warn"), tab(ed, job, "events", level="error")
    assert ("Slow down" in warned, "It broke" in warned, "All is well" in warned) == (1, 1, 0)
    assert ("Slow down" in failed, "It broke" in failed) == (0, 1)
    assert "Slow down" in tab(ed, job, "events", q="50%")
    assert "No event fits" in tab(ed, job, "events", q="50_")
    assert "hx-sse:connect" in tab(ed, job, "events")
    assert "tab=events" not in tab(ed, job, "events", q="x").split("hx-sse:connect")[1][:90]


def test_two_hundred_events_at_a_time(ed: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(PAGE + 50))
    first = tab(ed, job, "events", each="1")
    older = re.search(r'href="([^"]*before=\d+)" rel="next"', first)
    assert older is not None
    second = " ".join(ed.get(unescape(older.group(1))).text.split())
    assert "Step 51: " in first
    assert "Step 50: " not in first
    assert "Step 50: " in second
    assert "Step 51: " not in second
    assert 'rel="prev"' in second


def test_raw_json_as_it_came(ed: TestClient, job: Job, db: Database) -> None:
    change(db, job, raw={"object": "fine_tuning.job", "이름": "</pre><script>"})
    html = tab(ed, job, "raw")
    assert "&lt;/pre&gt;&lt;script&gt;" in html
    assert "이름" in html
    assert '<details class="raw"><summary>' in html


def test_nothing_received_yet_is_said(ed: TestClient, add_job: AddJob) -> None:
    assert "Nothing received yet" in tab(ed, add_job(number=2), "raw")


def test_events_can_be_downloaded(vi: TestClient, job: Job, db: Database) -> None:
    tell_event(db, job, "Fine-tuning job started")
    tell_steps(db, job, falling(3))
    answer = vi.get(f"/jobs/{job.id}/events.jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["step"] for line in lines] == [None, 1, 2, 3]
    assert lines[1]["data"]["train_loss"] == pytest.approx(1.5)
    assert f'filename="job-{job.id}-events.jsonl"' in answer.headers["content-disposition"]
    assert vi.get("/jobs/4711/events.jsonl").status_code == 404

"""The form of a new job: once, by who may, with what speaks against it."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import Connection
from app.core.actor import SYSTEM
from app.core.clock import now
from app.core.db import Database
from app.datasets.models import DatasetVersion, VersionStatus
from app.datasets.overrides.schemas import SeverityChoice
from app.datasets.overrides.service import override_severity
from app.datasets.rules import Severity
from app.jobs.models import Creation, Job
from tests.jobs.conftest import AddVersion

TOKEN = "0123456789abcdef-form"


@pytest.fixture
def fields(connection: Connection, version: DatasetVersion) -> dict[str, str]:
    return {
        "submission": TOKEN,
        "name": "first try",
        "connection_id": str(connection.id),
        "base_model": "tiny",
        "method": "supervised",
        "training_version_id": str(version.id),
        "validation_version_id": "none",
        "n_epochs": "3",
        "batch_size": "",
        "learning_rate_multiplier": "auto",
        "suffix": "tone",
        "seed": "7",
    }


def test_leaves_a_row_that_waits_for_the_worker(
    ed: TestClient, session: Session, fields: dict[str, str]
) -> None:
    answer = ed.post("/jobs", data=fields)
    [job] = session.exec(select(Job)).all()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.id}")
    assert job.creation is Creation.CREATING
    assert job.remote_id is None
    assert job.requested == {
        "n_epochs": 3,
        "batch_size": "auto",
        "learning_rate_multiplier": "auto",
    }
    assert (job.suffix, job.seed, job.example_count) == ("tone", 7, 12)
    assert (job.estimated_tokens or 0) > 0
    actions = session.exec(select(AuditEntry.action)).all()
    assert AuditAction.JOB_CREATED in actions


def test_sent_twice_it_is_there_once(
    ed: TestClient, session: Session, fields: dict[str, str]
) -> None:
    first, second = ed.post("/jobs", data=fields), ed.post("/jobs", data=fields)
    assert first.headers["location"] == second.headers["location"]
    assert len(session.exec(select(Job)).all()) == 1


@pytest.mark.parametrize("who", ["vi", "anonymous"])
def test_refuses_who_may_not(
    who: str, request: pytest.FixtureRequest, session: Session, fields: dict[str, str]
) -> None:
    client: TestClient = request.getfixturevalue(who)
    answers = [
        client.post("/jobs", data=fields),
        client.get("/jobs/new"),
        client.get("/jobs/new/card"),
    ]
    assert {answer.status_code for answer in answers} <= {403, 303}
    assert session.exec(select(Job)).all() == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("n_epochs", "51", "Type 50 or less."),
        ("n_epochs", "0", "Type 1 or more."),
        ("n_epochs", "many", "Type a whole number."),
        ("batch_size", "257", "Type 256 or less."),
        ("learning_rate_multiplier", "-1", "Type a number above 0."),
        ("seed", "2147483648", "Type 2147483647 or less."),
        ("suffix", "no spaces", "This has characters that cannot be used here."),
        ("base_model", "", "This is needed."),
        ("training_version_id", "999", "Choose the data to train on."),
        ("connection_id", "999", "Choose where the job is to run."),
    ],
)
def test_says_what_is_wrong_beside_it(
    ed: TestClient, session: Session, fields: dict[str, str], field: str, value: str, sentence: str
) -> None:
    answer = ed.post("/jobs", data=fields | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="error-{field}"' in answer.text or field == "connection_id"
    assert session.exec(select(Job)).all() == []


def test_keeps_what_was_typed(ed: TestClient, fields: dict[str, str]) -> None:
    answer = ed.post("/jobs", data=fields | {"name": "<b>mine</b>", "n_epochs": "51"})
    assert "&lt;b&gt;mine&lt;/b&gt;" in answer.text
    assert "<b>mine</b>" not in answer.text
    assert TOKEN in answer.text


def test_warnings_need_a_tick_with_a_reason(
    ed: TestClient, db: Database, session: Session, fields: dict[str, str]
) -> None:
    decide(db, fields, Severity.WARNING)
    refused = ed.post("/jobs", data=fields)
    assert refused.status_code == 422
    assert "The report on reviews @1 has warnings." in refused.text
    unreasoned = ed.post("/jobs", data=fields | {"accepted": "1"})
    assert "Say why the warnings do not matter." in unreasoned.text
    accepted = ed.post("/jobs", data=fields | {"accepted": "1", "reason": "A test."})
    assert accepted.status_code == 303
    job = session.exec(select(Job)).one()
    assert job.warnings_reason == "A test."
    assert job.warnings[0]["places"] == {"name": "reviews @1"}


def decide(db: Database, fields: dict[str, str], severity: Severity) -> None:
    """What the report says of few examples is a matter of people."""
    with db.write() as writing:
        version = writing.get_one(DatasetVersion, int(fields["training_version_id"]))
        choice = SeverityChoice(severity=severity, reason="A test.")
        override_severity(writing, SYSTEM, version, "few_examples", choice)


def test_blocked_data_cannot_be_chosen(
    ed: TestClient, db: Database, fields: dict[str, str]
) -> None:
    with db.write() as writing:
        row = writing.get_one(DatasetVersion, int(fields["training_version_id"]))
        row.status = VersionStatus.BLOCKED
    answer = ed.post("/jobs", data=fields)
    assert answer.status_code == 422
    assert "No dataset is ready." in answer.text


def test_too_few_examples_are_refused_here_and_not_by_the_provider(
    ed: TestClient, add_version: AddVersion, fields: dict[str, str]
) -> None:
    nine = add_version("nine", rows=9)
    answer = ed.post(
        "/jobs",
        data=fields | {"training_version_id": str(nine.id), "accepted": "1", "reason": "a test"},
    )
    assert answer.status_code == 422
    assert "nine @1 has 9 examples; providers train on no fewer than 10." in answer.text


def test_training_and_validation_must_differ(ed: TestClient, fields: dict[str, str]) -> None:
    same = fields | {"validation_version_id": fields["training_version_id"]}
    answer = ed.post("/jobs", data=same)
    assert "Training and validation data are the same." in answer.text


def test_a_wound_down_connection_says_so_before_the_form_is_filled(
    ed: TestClient, db: Database, fields: dict[str, str]
) -> None:
    with db.write() as writing:
        connection = writing.get_one(Connection, int(fields["connection_id"]))
        connection.training_available = False
    page = ed.get("/jobs/new")
    assert "creates no new jobs." in page.text
    assert ed.post("/jobs", data=fields).status_code == 422


def test_a_model_that_stops_soon_is_a_warning(
    ed: TestClient, db: Database, fields: dict[str, str]
) -> None:
    with db.write() as writing:
        connection = writing.get_one(Connection, int(fields["connection_id"]))
        stops = (now() + timedelta(days=55)).date().isoformat()
        connection.models = [dict(connection.models[0], shutdown_date=stops)]
    answer = ed.post("/jobs", data=fields)
    assert "tiny and everything tuned on it stops in 55 days." in answer.text


def test_a_model_the_connection_does_not_have_is_refused(
    ed: TestClient, fields: dict[str, str]
) -> None:
    answer = ed.post("/jobs", data=fields | {"base_model": "huge"})
    assert answer.status_code == 422
    assert "does not have the model huge" in answer.text


def test_the_form_starts_with_choices_that_work(
    ed: TestClient, connection: Connection, version: DatasetVersion
) -> None:
    page = ed.get("/jobs/new").text
    assert re.search(rf'name="connection_id" value="{connection.id}" checked', page)
    assert '<option value="tiny" selected>' in page
    assert f'<option value="{version.id}" selected>' in page
    assert "job-problems" not in page


def test_a_version_can_be_chosen_by_the_address(
    ed: TestClient, connection: Connection, version: DatasetVersion, add_version: AddVersion
) -> None:
    add_version("later")
    page = ed.get(f"/jobs/new?version={version.id}").text
    assert f'<option value="{version.id}" selected>' in page


def test_new_from_this_copies_what_was_asked(
    ed: TestClient, session: Session, fields: dict[str, str]
) -> None:
    ed.post("/jobs", data=fields)
    job = session.exec(select(Job).order_by(col(Job.id).desc())).one()
    page = ed.get(f"/jobs/new?from={job.id}").text
    assert f'name="copied_from_id" value="{job.id}"' in page
    assert re.search(r'name="n_epochs"[^>]* value="3"', page)
    assert re.search(r'name="suffix"[^>]* value="tone"', page)
    assert TOKEN not in page


def test_the_card_follows_the_choices(ed: TestClient, fields: dict[str, str]) -> None:
    few = ed.get("/jobs/new/card", params=fields | {"models_of": fields["connection_id"]}).text
    many = ed.get("/jobs/new/card", params=fields | {"n_epochs": "30", "batch_size": "4"}).text
    assert tokens_in(many) == 10 * tokens_in(few)
    assert "<dt>Steps</dt><dd>90</dd>" in many
    assert 'hx-target="#job-model"' in many
    assert 'hx-target="#job-model"' not in few


def tokens_in(card: str) -> int:
    found = re.search(r"<dt>Tokens</dt><dd>([\d,]+)", card)
    assert found is not None
    return int(found[1].replace(",", ""))


def test_every_target_of_the_card_is_in_the_page(ed: TestClient, fields: dict[str, str]) -> None:
    page, card = ed.get("/jobs/new").text, ed.get("/jobs/new/card", params=fields).text
    targets = re.findall(r'hx-target="#([^"]+)"', card)
    assert len(targets) == 4
    assert [target for target in targets if f'id="{target}"' not in page] == []

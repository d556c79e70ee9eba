"""The form of a new job: validation data that the model trains on needs a reason."""

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import DatasetVersion
from app.datasets.overlap import background
from app.datasets.overlap.models import Overlap, OverlapStatus
from app.datasets.overlap.service import compare_versions
from app.jobs.models import Job
from app.worker import do_all_due
from tests.jobs.conftest import AddVersion

KNOWN = {"exact": 0, "normalised": 1, "near": 2, "conversation": 4}
SAID = "검증 @1 shares 2 of its 12 examples with reviews @1, exactly or nearly."


@pytest.fixture
def validation(add_version: AddVersion) -> DatasetVersion:
    """Two of its examples are in the training data too, word for word."""
    return add_version("검증", first=10)


@pytest.fixture
def fields(
    connection: Connection, version: DatasetVersion, validation: DatasetVersion
) -> dict[str, str]:
    return {
        "submission": "0123456789abcdef-overlap",
        "connection_id": str(connection.id),
        "base_model": "tiny",
        "method": "supervised",
        "training_version_id": str(version.id),
        "validation_version_id": str(validation.id),
    }


def overlaps(db: Database) -> list[Overlap]:
    with db.read() as session:
        return list(session.exec(select(Overlap)).all())


def compare(context: Context) -> None:
    do_all_due(context, background.TASKS)


def test_the_exact_part_needs_a_tick_at_once(
    ed: TestClient, session: Session, fields: dict[str, str]
) -> None:
    refused = ed.post("/jobs", data=fields)
    assert refused.status_code == 422
    assert SAID in refused.text
    assert "Read the warnings and tick that they do not matter." in refused.text
    unreasoned = ed.post("/jobs", data=fields | {"accepted": "1"})
    assert "Say why the warnings do not matter." in unreasoned.text
    accepted = ed.post("/jobs", data=fields | {"accepted": "1", "reason": "A test."})
    assert accepted.status_code == 303
    job = session.exec(select(Job)).one()
    assert job.warnings[0]["places"]["count"] == "2"
    assert job.warnings_reason == "A test."


def test_the_page_asks_by_itself_and_follows(
    ed: TestClient, context: Context, db: Database, fields: dict[str, str]
) -> None:
    before = ed.get("/jobs/new", params=fields).text
    assert 'hx-post="/jobs/new/overlap"' in before
    assert SAID in before
    asked = ed.post("/jobs/new/overlap", data=fields)
    assert [each.status for each in overlaps(db)] == [OverlapStatus.WAITING]
    assert "still being compared" in asked.text
    assert 'hx-trigger="every 3s"' in asked.text
    assert "/jobs/new/overlap" not in asked.text
    compare(context)
    after = ed.get("/jobs/new/card", params=fields).text
    assert "still being compared" not in after
    assert "2 of 12 validation examples are in the training data" in after
    assert f"/overlap?against={fields['training_version_id']}" in after
    assert SAID in after


def test_asked_twice_it_is_compared_once(
    ed: TestClient, db: Database, fields: dict[str, str]
) -> None:
    for _ in range(2):
        assert ed.post("/jobs/new/overlap", data=fields).status_code == 200
    assert len(overlaps(db)) == 1


def test_what_is_only_nearly_the_same_is_said_once_compared(
    ed: TestClient, editor: Actor, context: Context, db: Database, fields: dict[str, str]
) -> None:
    ids = int(fields["validation_version_id"]), int(fields["training_version_id"])
    with db.write() as session:
        compare_versions(session, editor, *ids)
        compare_versions(session, editor, *ids, "metadata.user_id")
    compare(context)
    with db.write() as session:
        for each in session.exec(select(Overlap)).all():
            is_text = not each.group_path
            each.counts = dict(KNOWN) if is_text else {"group": 5}
    card = ed.get("/jobs/new/card", params=fields).text
    assert "검증 @1 shares 3 of its 12 examples with reviews @1, exactly or nearly." in card
    assert "검증 @1 and reviews @1 begin alike in 4 of 12 examples." in card
    assert "검증 @1 shares its metadata.user_id with reviews @1 in 5 of 12 examples." in card


def test_data_that_shares_nothing_needs_no_reason(
    ed: TestClient, context: Context, add_version: AddVersion, fields: dict[str, str]
) -> None:
    apart = fields | {"validation_version_id": str(add_version("apart", first=100).id)}
    assert "nothing exactly the same" in ed.get("/jobs/new", params=apart).text
    ed.post("/jobs/new/overlap", data=apart)
    compare(context)
    assert "Overlap" in ed.get("/jobs/new/card", params=apart).text
    assert ed.post("/jobs", data=apart).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"validation_version_id": "none"},
        {"validation_version_id": "999"},
        {"validation_version_id": "x"},
        {"training_version_id": "999"},
        {"validation_version_id": "same"},
    ],
)
def test_there_is_nothing_to_compare_without_two(
    ed: TestClient, db: Database, fields: dict[str, str], changes: dict[str, str]
) -> None:
    if changes.get("validation_version_id") == "same":
        changes = {"validation_version_id": fields["training_version_id"]}
    answer = ed.post("/jobs/new/overlap", data=fields | changes)
    assert answer.status_code == 200
    assert "job-overlap" not in answer.text
    assert overlaps(db) == []


@pytest.mark.parametrize("who", ["vi", "anonymous"])
def test_refuses_who_may_not(
    who: str, request: pytest.FixtureRequest, db: Database, fields: dict[str, str]
) -> None:
    client: TestClient = request.getfixturevalue(who)
    assert client.post("/jobs/new/overlap", data=fields).status_code in {303, 403}
    assert overlaps(db) == []

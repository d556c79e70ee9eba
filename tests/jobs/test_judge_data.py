"""Data of a new job is judged for the kind of provider its connection leads to."""

import pytest
from starlette.testclient import TestClient

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.context import Context
from app.core.db import Database
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.worker import do_all_due
from tests.datasets.conftest import jsonl
from tests.datasets.set_cases import GOOD


@pytest.fixture
def fields(context: Context, editor: Actor, connection: Connection) -> dict[str, str]:
    """A job on prompts and completions, which OpenAI trains no model on any more."""
    with context.db.write() as session, context.storage.writer() as writer:
        writer.write(jsonl(GOOD))
        file = IncomingFile("pairs.jsonl", writer)
        version = create_dataset(session, editor, DatasetCreate(name="pairs"), file)
    do_all_due(context, checking.TASKS)
    return {
        "submission": "0123456789abcdef-form",
        "name": "pairs",
        "connection_id": str(connection.id),
        "base_model": "tiny",
        "method": "supervised",
        "training_version_id": str(version.id),
        "validation_version_id": "none",
        "accepted": "1",
        "reason": "A test.",
    }


def lead_to(db: Database, profile: str, fields: dict[str, str]) -> None:
    with db.write() as session:
        session.get_one(Connection, int(fields["connection_id"])).profile_name = profile


def test_what_the_provider_refuses_is_no_job(
    ed: TestClient, db: Database, fields: dict[str, str]
) -> None:
    lead_to(db, "openai", fields)
    refused = ed.post("/jobs", data=fields)
    assert refused.status_code == 422
    assert "would refuse pairs @1: its report has errors" in refused.text
    lead_to(db, "compatible", fields)
    assert ed.post("/jobs", data=fields).status_code == 303


def test_the_form_says_so_before(ed: TestClient, db: Database, fields: dict[str, str]) -> None:
    lead_to(db, "openai", fields)
    address = f"/jobs/new?version={fields['training_version_id']}"
    assert "would refuse pairs @1" in ed.get(f"{address}&base_model=tiny").text
    lead_to(db, "compatible", fields)
    assert "would refuse" not in ed.get(address).text


def test_the_version_keeps_the_verdict_for_any_server(db: Database, fields: dict[str, str]) -> None:
    with db.read() as session:
        version = session.get_one(DatasetVersion, int(fields["training_version_id"]))
        assert version.status.is_usable

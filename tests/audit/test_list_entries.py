"""The audit trail."""

from starlette.testclient import TestClient

from app.audit.labels import ACTION_LABELS
from app.audit.models import AuditAction
from app.audit.service import list_entries, record
from app.core.actor import SYSTEM
from app.core.db import Database


def test_it_shows_the_newest_first_and_pages(ada: TestClient, db: Database) -> None:
    with db.write() as session:
        for number in range(120):
            record(
                session, SYSTEM, AuditAction.JOB_CREATED, "job", number, {"name": f"job-{number}-"}
            )
    first = ada.get("/audit").text
    assert "job-119-" in first
    assert "job-10-" not in first
    with db.read() as session:
        older = list_entries(session, limit=50)[-1].id
    assert f"/audit?before={older}" in first
    assert "job-60-" in ada.get(f"/audit?before={older}").text


def test_only_admins_see_it(ed: TestClient, vi: TestClient) -> None:
    assert [client.get("/audit").status_code for client in (ed, vi)] == [403, 403]


def test_it_speaks_in_words(ada: TestClient, db: Database) -> None:
    detail: dict[str, object] = {
        "filename": "a.csv", "mapping": {"target": "chat", "descending": True}, "models": ["x", "y"]
    }  # fmt: skip
    with db.write() as session:
        record(session, SYSTEM, AuditAction.IMPORT_STARTED, "import", 7, detail)
    page = ada.get("/audit").text
    words = ("Import started", "the system", "filename: a.csv")
    assert [word in page for word in words] == [True, True, True]
    assert "mapping: rows become chat, descending yes" in page
    assert ("models: x, y" in page, "{&#39;" in page) == (True, False)


def test_every_action_has_words() -> None:
    assert [each.value for each in AuditAction if each.value not in ACTION_LABELS] == []
    assert set(ACTION_LABELS) <= set(AuditAction)


def test_what_is_rolled_back_leaves_no_entry(db: Database) -> None:
    try:
        with db.write() as session:
            record(session, SYSTEM, AuditAction.JOB_CREATED, "job", 1)
            raise KeyError
    except KeyError:
        pass
    with db.read() as session:
        assert "job.created" not in {entry.action for entry in list_entries(session)}

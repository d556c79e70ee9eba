"""People decide what a rule counts for in a dataset, with a reason that stays."""

import json

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import VersionStatus
from app.datasets.overrides.models import SeverityOverride
from tests.datasets.uploads import (
    chat_row,
    check,
    jsonl,
    reviews,
    upload,
    upload_checked,
    version_at,
)

REPEATED = reviews() + reviews(1)
BROKEN = reviews() + b"{oops\n"
REASON = "Repeated on purpose: <b>they weigh more</b>."
RULE = "duplicate_example"


def address(path: str, rule: str = RULE) -> str:
    return f"{path}/findings/{rule}/severity"


def decide(
    client: TestClient, path: str, severity: str = "info", rule: str = RULE, reason: str = REASON
) -> int:
    return client.post(
        address(path, rule), data={"severity": severity, "reason": reason}
    ).status_code


def test_it_lowers_a_warning_and_the_verdict_follows(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, REPEATED)
    assert version_at(db, path).status is VersionStatus.WARNING
    answer = ed.post(address(path), data={"severity": "info", "reason": f" {REASON} "})
    assert answer.headers["location"] == f"{path}#finding-{RULE}"
    assert version_at(db, path).status is VersionStatus.READY
    page = ed.get(path).text
    assert "Ed decided" in page
    assert "Repeated on purpose: &lt;b&gt;they weigh more&lt;/b&gt;." in page
    assert "No errors and no warnings." in page
    assert "ready with warnings" not in ed.get("/datasets/1").text


def test_it_raises_a_note_up_to_an_error(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context, reviews(40))
    assert version_at(db, path).status is VersionStatus.READY
    assert decide(ed, path, "error", "few_examples_per_class") == 303
    assert version_at(db, path).status is VersionStatus.BLOCKED
    assert decide(ed, path, "warning", "few_examples_per_class") == 303
    assert version_at(db, path).status is VersionStatus.WARNING


def test_an_error_may_be_lowered_but_that_is_said(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, BROKEN)
    form = ed.get(address(path, "invalid_json")).text
    assert "A provider may refuse these rows all the same." in form
    assert decide(ed, path, "warning", "invalid_json") == 303
    assert version_at(db, path).status is VersionStatus.WARNING
    assert "A provider may refuse" not in ed.get(address(path, "few_examples")).text


def test_it_holds_for_all_versions_of_the_dataset_and_for_no_other(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, REPEATED)
    other = upload(ed, REPEATED + b"\n", name="Other").headers["location"]
    second = upload(ed, REPEATED + reviews(2), to=path.removesuffix("/1")).headers["location"]
    check(context)
    decide(ed, path)
    third = upload(ed, REPEATED + reviews(3), to=path.removesuffix("/1")).headers["location"]
    check(context)
    statuses = [version_at(db, each).status.value for each in (path, second, third, other)]
    assert statuses == ["ready", "ready", "ready", "warning"]


def test_it_holds_for_every_profile_and_in_the_files(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, REPEATED)
    before = json.loads(ed.get(f"{path}/report.json").text)
    decide(ed, path)
    for profile in ("", "?for=openai", "?for=azure"):
        document = json.loads(ed.get(f"{path}/report.json{profile}").text)
        found = next(each for each in document["findings"] if each["rule"] == RULE)
        assert (document["verdict"], found["severity"]) == ("ready", "info")
        assert (found["override"]["by"], found["override"]["reason"]) == ("Ed", REASON)
    assert before["verdict"] == "warning"
    assert before["findings"][0]["override"] is None
    file = ed.get(f"{path}/report.html").text
    assert "Repeated on purpose: &lt;b&gt;" in file


def test_a_later_decision_takes_the_place_of_an_earlier(
    ed: TestClient, ada: TestClient, context: Context, session: Session
) -> None:
    path = upload_checked(ed, context, REPEATED)
    decide(ed, path)
    assert decide(ada, path, "error", reason="No, it is grave.") == 303
    override = session.exec(select(SeverityOverride)).one()
    assert (override.created_by, override.reason) == ("Ada", "No, it is grave.")
    entries = session.exec(
        select(AuditEntry).where(AuditEntry.action == AuditAction.SEVERITY_OVERRIDDEN)
    ).all()
    assert [entry.detail["to"] for entry in entries] == ["info", "error"]
    assert entries[0].detail["reason"] == REASON
    assert (entries[0].detail["rule"], entries[0].subject) == (RULE, "dataset")


@pytest.mark.parametrize(
    ("severity", "reason", "said"),
    [
        ("info", "", "This is needed."),
        ("info", " x ", "Type at least 2 characters."),
        ("info", "x" * 501, "Type at most 500 characters."),
        ("info", "a nul \x00", "This has characters that cannot be used here."),
        ("fatal", REASON, "Choose one of the list."),
        ("warning", REASON, "That is its severity already."),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    ed: TestClient, context: Context, session: Session, severity: str, reason: str, said: str
) -> None:
    path = upload_checked(ed, context, REPEATED)
    answer = ed.post(address(path), data={"severity": severity, "reason": reason})
    assert answer.status_code == 422
    assert said in answer.text
    assert session.exec(select(SeverityOverride)).all() == []


def test_it_refuses_what_is_not_in_the_report(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    assert decide(ed, path, rule="byte_order_mark") == 404
    assert decide(ed, path, rule="nonsense") == 404
    assert ed.get(address(path, "nonsense")).status_code == 404


def test_it_refuses_a_version_that_waits_for_its_check(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, REPEATED)
    ed.post(f"{path}/validate")
    assert decide(ed, path) == 409


def test_only_editors_decide_and_everybody_sees(
    ed: TestClient, vi: TestClient, anonymous: TestClient, context: Context
) -> None:
    path = upload_checked(ed, context, REPEATED)
    assert decide(vi, path) == 403
    assert anonymous.post(address(path)).status_code in {303, 401}
    assert address(path) not in vi.get(path).text
    decide(ed, path)
    assert "Ed decided" in vi.get(path).text
    seen = vi.get(address(path)).text
    assert "they weigh more" in seen
    assert "<textarea" not in seen


def test_the_affected_lines_are_said_only_where_they_fit(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, BROKEN)
    assert "1 of 13 lines are affected." in ed.get(path).text
    decide(ed, path, "info", "invalid_json")
    assert "lines are affected." not in ed.get(path).text


def test_a_hostile_name_of_a_rule_is_no_address(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, jsonl(*(chat_row(f"r {n}") for n in range(12))))
    assert ed.get(address(path, "..%2f..")).status_code == 404
    assert ed.get(address(path, "<b>")).status_code == 404

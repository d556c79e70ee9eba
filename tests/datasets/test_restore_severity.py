"""A decision about a severity is taken back."""

from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.datasets.models import VersionStatus
from app.datasets.overrides.models import SeverityOverride
from tests.datasets.test_override_severity import REPEATED, RULE, address, decide
from tests.datasets.uploads import upload_checked, version_at


def test_the_rule_has_its_own_severity_again(
    ed: TestClient, context: Context, db: Database, session: Session
) -> None:
    path = upload_checked(ed, context, REPEATED)
    decide(ed, path)
    assert "Take it back" in ed.get(address(path)).text
    answer = ed.post(f"{address(path)}/restore")
    assert answer.headers["location"] == f"{path}#finding-{RULE}"
    assert version_at(db, path).status is VersionStatus.WARNING
    assert "Ed decided" not in ed.get(path).text
    query = select(AuditEntry).where(AuditEntry.action == AuditAction.SEVERITY_RESTORED)
    assert session.exec(query).one().detail == {"rule": RULE, "from": "info", "to": "warning"}


def test_there_must_be_one(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, REPEATED)
    assert ed.post(f"{address(path)}/restore").status_code == 409
    assert ed.post(f"{address(path, 'nonsense')}/restore").status_code == 404


def test_it_refuses_a_viewer(
    ed: TestClient, vi: TestClient, context: Context, session: Session
) -> None:
    path = upload_checked(ed, context, REPEATED)
    decide(ed, path)
    assert vi.post(f"{address(path)}/restore").status_code == 403
    assert len(session.exec(select(SeverityOverride)).all()) == 1


def test_decisions_go_with_their_dataset(
    ed: TestClient, context: Context, session: Session
) -> None:
    path = upload_checked(ed, context, REPEATED)
    decide(ed, path)
    ed.post("/datasets/1/delete")
    assert session.exec(select(SeverityOverride)).all() == []

"""Deleting a version, with what was derived from its bytes."""

from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import Connection
from app.core.context import Context
from app.core.db import Database
from app.datasets.drafts import draft_path
from app.datasets.models import DatasetVersion, ValidationReport
from app.datasets.parts import parts_path
from app.jobs.models import Job
from tests.datasets.uploads import check, files_in, reviews, upload, upload_checked, version_at


def test_it_removes_row_report_bytes_and_index(
    ed: TestClient, context: Context, db: Database
) -> None:
    before = files_in(context)
    path = upload_checked(ed, context)
    answer = ed.post(f"{path}/delete")
    assert answer.headers["location"] == path.removesuffix("/versions/1")
    assert files_in(context) == before
    assert ed.get(path).status_code == 404
    with db.read() as session:
        assert session.exec(select(ValidationReport)).all() == []
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.VERSION_DELETED)
        assert session.exec(query).one().actor_name == "Ed"


def test_bytes_that_another_version_shares_stay(ed: TestClient, context: Context) -> None:
    first = upload(ed, name="One").headers["location"]
    other = upload(ed, name="Other").headers["location"]
    ed.post(f"{first}/delete")
    assert ed.get(f"{other}/download").content == reviews()


def test_what_a_check_had_finished_goes_too(ed: TestClient, context: Context, db: Database) -> None:
    upload(ed, name="One")
    other = upload(ed, name="Other").headers["location"]
    before = files_in(context)
    version = version_at(db, other)
    draft = draft_path(context.storage, version.id or 0, version.sha256)
    parts_path(draft).mkdir()
    (parts_path(draft) / "plan.json").write_bytes(b"{}")
    ed.post(f"{other}/delete")
    assert files_in(context) == before
    assert not parts_path(draft).exists()


def test_it_refuses_while_other_versions_were_made_from_it(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context)
    child = version_at(db, upload(ed, reviews(30), to=path.removesuffix("/1")).headers["location"])
    with db.write() as session:
        session.get_one(DatasetVersion, child.id).parent_version_id = version_at(db, path).id
    answer = ed.post(f"{path}/delete")
    assert answer.status_code == 409
    assert "Other versions were made from it." in answer.text
    assert "Other versions were made from it." in ed.get(path).text


def test_it_refuses_while_a_job_uses_it(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context)
    version_id = version_at(db, path).id or 0
    with db.write() as session:
        connection = Connection(name="Here", profile_name="openai", base_url="http://here/v1")
        session.add(connection)
        session.flush()
        session.add(
            Job(
                name="job",
                token="token",
                submission="submission",
                connection_id=connection.id or 0,
                base_model="tiny-chat",
                training_version_id=version_id,
                validation_version_id=version_id,
            )
        )
    assert ed.post(f"{path}/delete").status_code == 409
    assert ed.post(f"{path.removesuffix('/versions/1')}/delete").status_code == 409
    assert "Jobs use it." in ed.get(path).text
    assert "1 job<" in ed.get(f"{path}/lineage").text


def test_it_is_gone_twice_without_harm(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    assert [ed.post(f"{path}/delete").status_code for _ in range(2)] == [303, 404]


def test_a_check_that_runs_meanwhile_leaves_nothing(ed: TestClient, context: Context) -> None:
    before = files_in(context)
    path = upload(ed).headers["location"]
    ed.post(f"{path}/delete")
    check(context)
    assert files_in(context) == before


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    assert vi.post(f"{path}/delete").status_code == 403
    assert "Delete" not in vi.get(path).text
    assert "Delete" in ed.get(path).text

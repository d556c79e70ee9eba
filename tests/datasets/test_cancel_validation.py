"""A check that somebody ends: nothing of it stays, and it can be asked for again."""

from dataclasses import replace

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context, new_owner
from app.core.db import Database
from app.core.leases import claim
from app.datasets import checking
from app.datasets.checked import CheckOrder, check_in_child
from app.datasets.drafts import discard_draft, draft_path
from app.datasets.models import DatasetVersion, VersionStatus
from app.datasets.validation import CheckCancelled
from tests.datasets.uploads import check, files_in, reviews, upload, upload_checked, version_at


def test_one_that_waits_is_not_begun(ed: TestClient, context: Context, db: Database) -> None:
    path = upload(ed).headers["location"]
    assert ed.post(f"{path}/validate/cancel").headers["location"] == path
    check(context)
    assert version_at(db, path).status is VersionStatus.CANCELLED
    with db.read() as session:
        action = AuditAction.VERSION_VALIDATION_CANCELLED
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == action)).one()
        assert (entry.actor_name, entry.subject_id) == ("Ed", version_at(db, path).id)


def test_one_that_is_under_way_ends_and_leaves_nothing(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed, reviews(20_000)).headers["location"]
    version, before = version_at(db, path), files_in(context)
    with db.write() as session:
        claim(session, DatasetVersion, owner=context.owner, seconds=60)
        session.get_one(DatasetVersion, version.id).status = VersionStatus.VALIDATING
    beat = checking.Beat(context, version.id or 0)

    def cancel_in_the_middle(bytes_done: int, rows: int) -> bool:
        assert ed.post(f"{path}/validate/cancel").status_code in {303, 409}
        return beat(bytes_done, rows)

    draft = draft_path(context.storage, version.id or 0, version.sha256)
    order = CheckOrder(context.storage.path(version.sha256), draft, 8 << 20, 1)
    with pytest.raises(CheckCancelled):
        check_in_child(order, cancel_in_the_middle)
    discard_draft(context.storage, version.id or 0, version.sha256)
    assert files_in(context) == before
    assert version_at(db, path).status is VersionStatus.CANCELLED


def test_it_can_be_asked_for_again(ed: TestClient, context: Context, db: Database) -> None:
    path = upload(ed).headers["location"]
    ed.post(f"{path}/validate/cancel")
    page = ed.get(path).text
    assert "The check was cancelled" in page
    assert f'action="{path}/validate"' in page
    ed.post(f"{path}/validate")
    check(context)
    assert version_at(db, path).status is VersionStatus.READY


def test_another_worker_does_not_go_on_with_it(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed).headers["location"]
    ed.post(f"{path}/validate/cancel")
    assert checking.validate_version(replace(context, owner=new_owner())) is False
    assert version_at(db, path).lease_owner is None


def test_it_refuses_one_that_is_over(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context)
    answer = ed.post(f"{path}/validate/cancel")
    assert answer.status_code == 409
    assert "over already" in answer.text
    assert version_at(db, path).status is VersionStatus.READY


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient, db: Database) -> None:
    path = upload(ed).headers["location"]
    assert vi.post(f"{path}/validate/cancel").status_code == 403
    assert f"{path}/validate/cancel" in ed.get(path).text
    assert f"{path}/validate/cancel" not in vi.get(path).text
    assert version_at(db, path).status is VersionStatus.UPLOADED

"""The check in the background, and asking for it again."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.core.clock import now
from app.core.context import Context, new_owner
from app.core.db import Database
from app.core.leases import MOST_ATTEMPTS, claim
from app.datasets import checking
from app.datasets.models import DatasetVersion, ValidationReport, VersionSource, VersionStatus
from app.datasets.version_pages import view_progress
from tests.datasets.uploads import (
    chat_row,
    check,
    files_in,
    jsonl,
    reviews,
    upload,
    upload_checked,
    version_at,
)

BROKEN = jsonl(*(chat_row(f"row {n}") for n in range(12)), '{"messages": "none"}', "{oops")


def test_it_counts_and_judges(ed: TestClient, context: Context, db: Database) -> None:
    version = version_at(db, upload_checked(ed, context, BROKEN))
    assert version.status is VersionStatus.BLOCKED
    assert (version.line_count, version.example_count) == (14, 13)
    assert version.checked_bytes == len(BROKEN)


def test_done_twice_it_says_the_same(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context, BROKEN)
    with db.read() as session:
        first = session.get_one(ValidationReport, version_at(db, path).id).summary
    assert ed.post(f"{path}/validate").headers["location"] == path
    assert version_at(db, path).status is VersionStatus.UPLOADED
    check(context)
    with db.read() as session:
        assert session.get_one(ValidationReport, version_at(db, path).id).summary == first


def test_a_dead_worker_loses_its_version(ed: TestClient, context: Context, db: Database) -> None:
    path = upload(ed).headers["location"]
    with db.write() as session:
        claim(session, DatasetVersion, owner="dead", seconds=-1)
    check(context)
    assert version_at(db, path).status is VersionStatus.READY


def test_a_living_worker_keeps_its_version(ed: TestClient, context: Context, db: Database) -> None:
    path = upload(ed).headers["location"]
    with db.write() as session:
        claim(session, DatasetVersion, owner="alive", seconds=60)
    assert checking.validate_version(replace(context, owner=new_owner())) is False
    assert version_at(db, path).status is VersionStatus.UPLOADED


def test_a_version_that_kills_its_checkers_is_given_up(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed).headers["location"]
    with db.write() as session:
        session.get_one(DatasetVersion, version_at(db, path).id).attempt_count = MOST_ATTEMPTS
    check(context)
    assert version_at(db, path).status is VersionStatus.FAILED
    assert "The check could not be finished" in ed.get(path).text
    ed.post(f"{path}/validate")
    check(context)
    assert version_at(db, path).status is VersionStatus.READY


def test_bytes_that_are_gone_do_not_stop_the_worker(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed).headers["location"]
    context.storage.delete(version_at(db, path).sha256)
    check(context)
    assert version_at(db, path).status is VersionStatus.VALIDATING


def test_a_version_deleted_meanwhile_is_let_go(
    ed: TestClient, context: Context, db: Database
) -> None:
    before = files_in(context)
    version = version_at(db, upload(ed).headers["location"])
    beat = checking.Beat(replace(context, owner="somebody else"), version.id or 0)
    assert beat(10, 1) is False
    ed.post(f"/datasets/{version.dataset_id}/versions/1/delete")
    assert files_in(context) == before


def test_two_versions_with_the_same_bytes_share_an_index(
    ed: TestClient, context: Context, db: Database
) -> None:
    first = upload(ed, name="One").headers["location"]
    other = upload(ed, name="Other").headers["location"]
    check(context)
    assert {version_at(db, path).status for path in (first, other)} == {VersionStatus.READY}
    assert len([path for path in files_in(context) if path.suffix == ".index"]) == 1


def test_the_page_follows_until_the_report_is_there(ed: TestClient, context: Context) -> None:
    path = upload(ed, reviews(50)).headers["location"]
    waiting = ed.get(f"{path}/progress")
    assert 'hx-trigger="every 1s"' in waiting.text
    assert "hx-refresh" not in waiting.headers
    check(context)
    done = ed.get(f"{path}/progress")
    assert "hx-trigger" not in done.text
    assert done.headers["hx-refresh"] == "true"


def large(context: Context) -> Context:
    """With a process of its own for every version."""
    return replace(context, settings=context.settings.model_copy(update={"check_here_bytes": 0}))


def test_a_larger_version_has_a_process_of_its_own(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed, BROKEN).headers["location"]
    check(large(context))
    version = version_at(db, path)
    assert (version.status, version.example_count) == (VersionStatus.BLOCKED, 13)
    with db.read() as session:
        report = session.get_one(ValidationReport, version.id)
        assert "invalid_json" in report.highlights
    assert [each.suffix for each in files_in(context)].count(".index") == 1


def test_a_worker_that_ends_hands_the_check_back(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload(ed).headers["location"]
    ending = replace(context, stop=threading.Event())
    ending.stop.set()
    assert checking.validate_version(ending) is True
    version = version_at(db, path)
    assert (version.attempt_count, version.lease_owner) == (0, None)
    check(context)
    assert version_at(db, path).status is VersionStatus.READY


def test_progress_has_a_rate_and_a_time_left() -> None:
    version = DatasetVersion(
        dataset_id=1,
        number=1,
        filename="a.jsonl",
        sha256="0" * 64,
        size=1_000,
        source=VersionSource.UPLOAD,
        created_by="Ed",
        checked_bytes=700,
        resumed_bytes=300,
        checking_since=now() - timedelta(seconds=4),
    )
    progress = view_progress(version)
    assert progress.bytes_per_second == pytest.approx(100, rel=0.1)
    assert progress.seconds_left == pytest.approx(3, rel=0.1)
    version.checking_since = now()
    assert view_progress(version).seconds_left is None


def test_the_page_says_how_far_it_is(ed: TestClient, db: Database) -> None:
    path = upload(ed, reviews(300)).headers["location"]
    with db.write() as session:
        version = session.get_one(DatasetVersion, version_at(db, path).id)
        version.status, version.checking_since = VersionStatus.VALIDATING, now()
        version.checking_since -= timedelta(seconds=10)
        version.checked_bytes, version.resumed_bytes = 9_000, 4_000
    page = ed.get(f"{path}/progress").text
    assert " B a second" in page
    assert "left" in page
    assert "were read by an earlier check" in page


def test_it_refuses_a_viewer(ed: TestClient, vi: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    assert vi.post(f"{path}/validate").status_code == 403

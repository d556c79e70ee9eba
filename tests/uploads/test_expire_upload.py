"""Uploads that nobody goes on with."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.clock import now
from app.core.context import Context
from app.datasets.uploads.finishing import TASKS
from app.datasets.uploads.models import UploadSession
from app.main import running_parts
from app.worker import do_all_due
from tests.datasets.uploads import files_in, version_at
from tests.uploads.sending import FILE, append, begin, begun, finish, offset_of, sent

DAY = 86_400


def pass_time(context: Context, path: Path | None = None, seconds: float = DAY + 60) -> None:
    """As if uploads were begun so long ago, and the last bytes of one had come then."""
    with context.db.write() as session:
        for row in session.exec(select(UploadSession)):
            row.expires_at -= timedelta(seconds=seconds)
    if path is not None:
        at = time.time() - seconds
        os.utime(path, (at, at))


def test_after_a_day_it_goes(ed: TestClient, context: Context, session: Session) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    pass_time(context, files_in(context)[0])
    do_all_due(context, TASKS)
    assert files_in(context) == []
    assert session.exec(select(UploadSession)).all() == []
    entries = session.exec(select(AuditEntry).where(AuditEntry.subject == "upload")).all()
    assert entries[-1].action is AuditAction.UPLOAD_EXPIRED


def test_time_counts_from_the_last_bytes(ed: TestClient, context: Context) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    pass_time(context)
    do_all_due(context, TASKS)
    assert append(ed, path, 1000, FILE[1000:]).json()["offset"] == len(FILE)
    with context.db.read() as session:
        assert session.exec(select(UploadSession)).one().expires_at > now() + timedelta(hours=23)


def test_what_was_finished_is_forgotten_and_kept(ed: TestClient, context: Context) -> None:
    answer = finish(ed, sent(ed))
    pass_time(context)
    do_all_due(context, TASKS)
    assert context.storage.exists(version_at(context.db, answer.headers["location"]).sha256)
    with context.db.read() as session:
        assert session.exec(select(UploadSession)).all() == []


def test_what_lost_its_bytes_is_forgotten(ed: TestClient, context: Context) -> None:
    begin(ed)
    files_in(context)[0].unlink()
    pass_time(context)
    do_all_due(context, TASKS)
    with context.db.read() as session:
        assert session.exec(select(UploadSession)).all() == []


@pytest.mark.parametrize("hours", [1, 72])
def test_a_start_sweeps_by_the_same_measure(ed: TestClient, context: Context, hours: int) -> None:
    context.settings.upload_hours = hours
    path = begun(ed)
    pass_time(context, files_in(context)[0], seconds=2 * 3_600)
    with running_parts(context):
        assert (files_in(context) == []) is (hours == 1)
    if hours == 72:
        assert offset_of(ed, path) == 0

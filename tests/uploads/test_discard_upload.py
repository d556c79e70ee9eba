"""Giving an upload up."""

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from tests.conftest import ClientFor
from tests.datasets.uploads import files_in
from tests.uploads.sending import FILE, append, begin, begun, finish, offset_of, sent


def test_its_bytes_go(ed: TestClient, context: Context, session: Session) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    answer = ed.delete(path)
    assert (answer.status_code, 'hx-target="#upload-1"' in answer.text) == (200, True)
    assert files_in(context) == []
    assert "stopped" not in ed.get("/uploads").text
    entries = session.exec(select(AuditEntry).where(AuditEntry.subject == "upload")).all()
    assert entries[-1].action is AuditAction.UPLOAD_DISCARDED


def test_the_file_begins_anew_then(ed: TestClient) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    ed.delete(path)
    assert begin(ed).json()["offset"] == 0
    assert append(ed, path, 1000, FILE[1000:]).status_code in {404, 409}


def test_what_became_of_it_stays(ed: TestClient, context: Context) -> None:
    upload_id = sent(ed)
    finish(ed, upload_id)
    assert ed.delete(f"/uploads/{upload_id}").status_code == 200
    assert [path.read_bytes() for path in files_in(context)] == [FILE]


@pytest.mark.parametrize(("person", "status"), [("Ada", 404), ("Vi", 403)])
def test_it_refuses_others(client_for: ClientFor, ed: TestClient, person: str, status: int) -> None:
    path = begun(ed)
    assert client_for(person).delete(path).status_code == status
    assert offset_of(ed, path) == 0

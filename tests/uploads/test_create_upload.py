"""Beginning to send a file, or going on with one that stopped."""

from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.datasets.uploads.models import UploadSession
from app.datasets.uploads.service import MOST_OPEN
from tests.conftest import ClientFor
from tests.datasets.uploads import files_in, upload
from tests.uploads.sending import FILE, about, append, begin, begun


def test_it_begins_at_nothing(ed: TestClient, session: Session) -> None:
    answer = begin(ed)
    row = session.exec(select(UploadSession)).one()
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "0")
    assert answer.json() == {
        "id": row.id,
        "filename": "reviews.jsonl",
        "size": len(FILE),
        "offset": 0,
        "chunk_bytes": 4 * 1024 * 1024,
    }
    entry = session.exec(select(AuditEntry).where(AuditEntry.subject == "upload")).one()
    assert (entry.action, entry.subject_id) == (AuditAction.UPLOAD_CREATED, row.id)


def test_the_same_file_goes_on_where_it_stopped(ed: TestClient) -> None:
    path = begun(ed, name="Reviews")
    append(ed, path, 0, FILE[:1000])
    again = begin(ed, name="Better name")
    assert (again.status_code, again.json()["offset"]) == (200, 1000)
    assert path.endswith(f"/{again.json()['id']}")
    assert "Better name" in ed.get("/uploads").text


@pytest.mark.parametrize(
    "other",
    [
        {"filename": "other.jsonl"},
        {"size": len(FILE) + 1},
        {"modified_ms": 1_700_000_000_001},
        {"fingerprint": "fedcba9876543210"},
    ],
)
def test_another_file_begins_anew(ed: TestClient, other: dict[str, Any]) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    answer = begin(ed, **other)
    assert (answer.status_code, answer.json()["offset"]) == (201, 0)
    assert f"/uploads/{answer.json()['id']}" != path


def test_the_same_file_of_another_person_is_another_upload(ed: TestClient, ada: TestClient) -> None:
    path = begun(ed)
    append(ed, path, 0, FILE[:1000])
    assert (begin(ada).status_code, begin(ada).json()["offset"]) == (201, 0)
    assert begun(ada) != path


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"size": 0}, 422, "“reviews.jsonl” is empty."),
        ({"filename": "../"}, 422, "Choose a file."),
        ({"size": 600 * 1024 * 1024}, 413, "larger than what can be uploaded"),
        ({"dataset_id": 77}, 404, "no such dataset"),
        ({"size": -1}, 422, "cannot be understood"),
        ({"size": "many"}, 422, "cannot be understood"),
        ({"size": 1e300}, 422, "cannot be understood"),
        ({"modified_ms": 2**70}, 422, "cannot be understood"),
        ({"fingerprint": "' OR 1=1"}, 422, "cannot be understood"),
        ({"dataset_id": 2**40}, 422, "cannot be understood"),
        ({"filename": None}, 422, "cannot be understood"),
    ],
)
def test_it_refuses_before_a_byte_is_sent(
    ed: TestClient, context: Context, said: dict[str, Any], status: int, sentence: str
) -> None:
    answer = begin(ed, **said)
    assert (answer.status_code, sentence in answer.json()["error"]["message"]) == (status, True)
    assert files_in(context) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jsonl", "passwd.jsonl"),
        ("C:\\Users\\김\\리뷰.csv", "리뷰.csv"),
        ("a\u202elnosj\x00.jsonl", "alnosj.jsonl"),
        ("\ud800.jsonl", ".jsonl"),
        ("'><script>alert(1)<.jsonl", "'><script>alert(1)<.jsonl"),
        ("x" * 400 + ".jsonl", "x" * 249 + ".jsonl"),
    ],
)
def test_names_are_text_and_never_paths(
    ed: TestClient, context: Context, sent: str, kept: str
) -> None:
    answer = ed.post(
        "/uploads", content=in_ascii(sent), headers={"content-type": "application/json"}
    )
    assert answer.json()["filename"] == kept
    assert "<script>alert" not in ed.get("/uploads").text
    assert {path.parent.name for path in files_in(context)} == {"incoming"}


def in_ascii(filename: str) -> bytes:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in filename)
    rest = ", ".join(f'"{k}": "{v}"' for k, v in about().items() if k != "filename")
    return f'{{"filename": "{escaped}", {rest}}}'.encode()


def test_names_of_the_form_are_only_remembered(ed: TestClient) -> None:
    begin(ed, name="<b>\x00\ud7ff" + "n" * 500)
    page = ed.get("/uploads").text
    assert "&lt;b&gt;" in page
    assert "<b>n" not in page


def test_nobody_has_too_many_at_once(ed: TestClient, ada: TestClient) -> None:
    for number in range(MOST_OPEN):
        assert begin(ed, filename=f"{number}.jsonl").status_code == 201
    refused = begin(ed, filename="one more.jsonl")
    assert (refused.status_code, "Discard one." in refused.text) == (409, True)
    assert begin(ed, filename="0.jsonl").status_code == 201
    assert begin(ada).status_code == 201


def test_all_together_have_bounded_room(ed: TestClient, ada: TestClient, context: Context) -> None:
    context.settings.unfinished_upload_bytes = context.settings.upload_limit_bytes = len(FILE) + 10
    assert begin(ed).status_code == 201
    refused = begin(ada)
    assert (refused.status_code, "There is no room" in refused.text) == (507, True)
    upload(ada)
    ed.delete("/uploads/1")
    assert begin(ada).status_code == 201


@pytest.mark.parametrize(("person", "status"), [("Vi", 403), (None, 401)])
def test_it_refuses_others(
    client_for: ClientFor, context: Context, person: str | None, status: int
) -> None:
    assert begin(client_for(person)).status_code == status
    assert files_in(context) == []


def test_it_refuses_other_sites(ed: TestClient, context: Context) -> None:
    ed.headers["sec-fetch-site"] = "cross-site"
    assert begin(ed).status_code == 403
    assert files_in(context) == []

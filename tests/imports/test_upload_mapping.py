"""A mapping that comes as YAML."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.imports.models import ImportStatus
from tests.imports.imports import (
    START,
    convert,
    examples_of,
    import_at,
    recognise,
    send,
    send_recognised,
)

MAPPING = """\
target: reinforcement
system: "별점을 맞혀라"
user: "{{ 내용 }}"
fields:
  stars: "{{ 별점 }}"
types: {별점: integer}
"""


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def test_a_pasted_one_fills_the_form(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    answer = ed.post(f"{path}/mapping", data={"yaml": MAPPING})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = ed.get(path).text
    assert ("별점을 맞혀라</textarea>" in page, 'value="stars"' in page) == (True, True)
    fields = {"field_0_name": "stars", "field_0_text": "{{ 별점 }}", "types": "2:integer"}
    typed = {"target": "reinforcement", "user": "{{ 내용 }}"}
    ed.post(f"{path}/start", data=typed | fields)
    convert(context)
    assert examples_of(context, path)[0][0] == {
        "messages": [{"role": "user", "content": "앱이 빠르고 편해요"}],
        "stars": 5,
    }


def test_one_that_was_downloaded_comes_back_the_same(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/start", data=START | {"unique_by": "{{ 내용 | trim }}", "keep": "last"})
    convert(context)
    text = ed.get(f"{path}/mapping.yaml").content
    other = send_recognised(ed, context, "별점;내용;제목\n5;좋아요;앱\n".encode(), "other.csv")
    files = {"file": ("mapping.yaml", text, "application/yaml")}
    assert ed.post(f"{other}/mapping", data={"yaml": ""}, files=files).status_code == 303
    assert import_at(db, other).mapping == import_at(db, path).mapping
    assert "Rate the review from 1 to 5." in ed.get(other).text


def test_what_it_says_of_the_file_makes_it_be_looked_at_again(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    parts = "user: '{{ column 1 }}'\nassistant: '{{ column 3 }}'\n"
    text = f"target: chat\n{parts}source:\n  header_row: 0\n"
    ed.post(f"{path}/mapping", data={"yaml": text})
    assert import_at(db, path).status is ImportStatus.RECEIVED
    recognise(context)
    found = import_at(db, path)
    assert (found.row_count, (found.mapping or {})["user"]) == (4, "{{ column 1 }}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("target: chat\nuser: [", "Line 2, letter 8: this is no YAML"),
        ("target: chat\nanswer: x", "Line 2: there is no key “answer” in a mapping."),
        ("", "This is needed."),
        ("<script>alert(1)</script>", "A mapping consists of keys"),
    ],
)
def test_a_broken_one_is_shown_again_with_its_line(
    ed: TestClient, db: Database, path: str, text: str, sentence: str
) -> None:
    before = import_at(db, path).mapping
    answer = ed.post(f"{path}/mapping", data={"yaml": text})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "<script>alert" not in answer.text
    assert import_at(db, path).mapping == before


def test_one_that_does_not_fit_says_what_is_missing(ed: TestClient, path: str) -> None:
    text = "target: chat\nuser: '{{ review }}'\nassistant: '{{ 별점 }}'\ntypes: {star: integer}\n"
    ed.post(f"{path}/mapping", data={"yaml": text})
    page = ed.get(path).text
    assert ("There is no column “review”." in page, "“star”" in page) == (True, True)


def test_it_refuses_the_wrong_state(ed: TestClient, context: Context, path: str) -> None:
    received = send(ed, b"a,b\nc,d\n", "x.csv").headers["location"]
    assert ed.post(f"{received}/mapping", data={"yaml": MAPPING}).status_code == 409
    ed.post(f"{path}/start", data=START)
    assert ed.post(f"{path}/mapping", data={"yaml": MAPPING}).status_code == 409


def test_it_leaves_an_audit_entry(ed: TestClient, db: Database, path: str) -> None:
    ed.post(f"{path}/mapping", data={"yaml": MAPPING})
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.IMPORT_MAPPED)
        assert session.exec(query).one().detail == {"filename": "리뷰.csv"}


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/mapping", data={"yaml": MAPPING}).status_code == 403
    assert "import-yaml" not in vi.get(path).text

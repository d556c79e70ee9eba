"""Starting an import, and what the background makes of it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.core.leases import MOST_ATTEMPTS, claim
from app.core.storage import Storage
from app.datasets.models import DatasetVersion, VersionSource
from app.imports import converting
from app.imports.models import Import, ImportStatus
from app.imports.service import list_outputs
from tests.datasets.uploads import check, files_in, upload
from tests.imports.imports import (
    REVIEWS,
    START,
    convert,
    examples_of,
    import_at,
    send,
    send_recognised,
    shown_text,
)

SQUAD = {
    "data": [
        {
            "title": "세종",
            "paragraphs": [
                {
                    "context": "세종대왕은 1443년에 훈민정음을 창제했다.",
                    "qas": [
                        {"question": "언제 창제했나?", "answers": [{"text": "1443년"}]},
                        {"question": "무엇을 창제했나?", "answers": [{"text": "훈민정음"}]},
                        {"question": "언제 창제했나?", "answers": [{"text": "15세기"}]},
                    ],
                }
            ],
        }
    ]
}


class RobbedStorage(Storage):
    """Another worker takes the import over as soon as its file is asked for."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.storage.root)
        self.context = context

    def path(self, sha256: str, suffix: str = "") -> Path:
        with self.context.db.write() as session:
            session.exec(select(Import)).one().lease_owner = "another"
        return super().path(sha256, suffix)


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return send_recognised(ed, context)


def version_path(context: Context, path: str, place: int = 0) -> str:
    with context.db.read() as session:
        version, _ = list_outputs(session, int(path.rsplit("/", 1)[-1]))[place]
    return f"/datasets/{version.dataset_id}/versions/{version.number}"


def test_it_makes_a_version_that_is_checked(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    answer = ed.post(f"{path}/start", data=START)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "Making examples of the rows" in ed.get(path).text
    convert(context)
    assert examples_of(context, path)[0][0] == {
        "messages": [
            {"role": "system", "content": "Rate the review from 1 to 5."},
            {"role": "user", "content": "좋아요\n앱이 빠르고 편해요"},
            {"role": "assistant", "content": "5"},
        ]
    }
    check(context)
    page = shown_text(ed.get(path).text)
    assert ("리뷰 @1" in page, "3 examples" in page) == (True, True)
    assert import_at(db, path).status is ImportStatus.DONE
    with db.read() as session:
        assert session.exec(select(DatasetVersion)).one().source is VersionSource.IMPORT


def test_lineage_shows_the_file_and_each_line_its_row(
    ed: TestClient, vi: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/start", data=START | {"sort_by": "2", "descending": "1"})
    convert(context)
    check(context)
    version = version_path(context, path)
    version_id = 1
    assert f"/imports/versions/{version_id}/lineage" in vi.get(f"{version}/lineage").text
    assert "리뷰.csv" in vi.get(f"/imports/versions/{version_id}/lineage").text
    assert "/rows?inside=1&amp;lines=2" in vi.get(f"{version}/examples?line=2").text
    rows = shown_text(vi.get(f"/imports/versions/{version_id}/rows?lines=1,2,3,9,x").text)
    assert "1 1 2 2 3 4 3 2 3" in rows
    assert "{{ 제목 }}" in vi.get(f"{path}/mapping.yaml").text


def test_with_and_without_system_prompt_is_one_click(
    ed: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/start", data=START | {"also_without_system": "1"})
    convert(context)
    with_system, without = examples_of(context, path)
    assert [row["messages"][0]["role"] for row in (with_system[0], without[0])] == [
        "system",
        "user",
    ]
    assert "without system prompt" in ed.get(path).text
    assert version_path(context, path, 1).endswith("/versions/2")


def test_rows_left_out_are_counted_with_reasons_and_downloadable(
    ed: TestClient, context: Context
) -> None:
    table = b"text,star\ngood,5\n,4\nbad,oops\ngood,5\n"
    path = send_recognised(ed, context, table, "r.csv")
    mapping = {"name": "R", "target": "chat", "user": "{{ text }}", "assistant": "{{ star }}"}
    ed.post(f"{path}/start", data=mapping | {"types": "1:integer", "unique_by": "{{ text }}"})
    convert(context)
    text = shown_text(ed.get(path).text)
    assert ("3 of 4 rows" in text, "as asked" in text) == (True, True)
    lines = [json.loads(line) for line in ed.get(f"{path}/left-out").iter_lines()]
    assert [(line["row"], line["reason"]) for line in lines] == [
        (2, "empty_part"),
        (3, "not_whole"),
        (4, "duplicate"),
    ]


def test_korquad_needs_no_mapping(ed: TestClient, context: Context) -> None:
    data = json.dumps(SQUAD, ensure_ascii=False).encode()
    path = send_recognised(ed, context, data, "KorQuAD.json")
    page = ed.get(path).text
    assert ("Questions on texts" in page, "The file needs no mapping" in page) == (True, True)
    form = {"target": "chat", "user": "{{ question }}", "assistant": "{{ answer }}"}
    duplicates = {"unique_by": "{{ question }}", "keep": "last"}
    ed.post(f"{path}/start", data=form | duplicates)
    convert(context)
    rows = examples_of(context, path)[0]
    answers = [row["messages"][-1]["content"] for row in rows]
    assert answers == ["15세기", "훈민정음"]


def test_a_json_array_of_examples_stays_as_it_is(ed: TestClient, context: Context) -> None:
    rows = [{"prompt": f"p{n}", "completion": "c"} for n in range(3)]
    path = send_recognised(ed, context, json.dumps(rows, indent=1).encode(), "rows.json")
    ed.post(f"{path}/start", data={"target": "keep"})
    convert(context)
    assert examples_of(context, path) == [rows]


def test_a_mapping_is_offered_to_the_next_file_with_the_same_columns(
    ed: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    convert(context)
    later = send_recognised(ed, context, (REVIEWS + "더;좋음;4\n").encode(), "later.csv")
    page = ed.get(later).text
    assert "As for 리뷰" in page
    saved = re.findall(r"saved=(\d+)", page)[0]
    assert "Rate the review from 1 to 5." in ed.get(f"{later}?saved={saved}").text
    assert "Rate the review from 1 to 5." not in page


def test_started_twice_it_is_done_once(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    for _ in range(2):
        assert ed.post(f"{path}/start", data=START).status_code == 303
    convert(context)
    assert ed.post(f"{path}/start", data=START).status_code == 409
    with db.read() as session:
        assert len(session.exec(select(DatasetVersion)).all()) == 1


def test_a_dead_worker_loses_its_import(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    before = files_in(context)
    with db.write() as session:
        claim(session, Import, owner="alive", seconds=60)
    assert converting.convert_import(context) is False
    assert files_in(context) == before
    with db.write() as session:
        session.exec(select(Import)).one().lease_expires_at = 0.0
    convert(context)
    assert len(examples_of(context, path)) == 1


def test_an_import_lost_in_the_middle_leaves_nothing(
    ed: TestClient, context: Context, db: Database
) -> None:
    rows = "".join(f"how many is {number}?,{number}\n" for number in range(3_000))
    path = send_recognised(ed, context, f"question,answer\n{rows}".encode(), "long.csv")
    mapping = {"target": "chat", "user": "{{ question }}", "assistant": "{{ answer }}"}
    assert ed.post(f"{path}/start", data=mapping).status_code == 303
    before = files_in(context)
    robbed = replace(context, storage=RobbedStorage(context))
    assert converting.convert_import(robbed) is True
    assert (files_in(context), import_at(db, path).status) == (before, ImportStatus.STARTED)
    with db.write() as session:
        session.exec(select(Import)).one().lease_expires_at = 0.0
    convert(context)
    assert len(examples_of(context, path)[0]) == 3_000


def test_an_import_that_cannot_be_done_is_given_up(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    with db.write() as session:
        session.exec(select(Import)).one().attempt_count = MOST_ATTEMPTS
    convert(context)
    assert import_at(db, path).status is ImportStatus.FAILED
    assert "It could not be imported." in ed.get(path).text
    ed.post(f"{path}/start", data=START)
    convert(context)
    assert import_at(db, path).status is ImportStatus.DONE


def test_no_example_at_all_is_said_with_the_reasons(ed: TestClient, context: Context) -> None:
    path = send_recognised(ed, context, b"text,star\ngood,x\nbad,y\n", "r.csv")
    mapping = {"target": "chat", "user": "{{ text }}", "assistant": "{{ star }}"}
    ed.post(f"{path}/start", data=mapping | {"types": "1:integer"})
    convert(context)
    page = shown_text(ed.get(path).text)
    assert "No row became an example." in page
    assert "The column “star” does not hold a whole number." in page
    assert ed.get("/datasets").text.count('id="dataset-') == 0


def test_a_name_taken_meanwhile_gets_a_number(ed: TestClient, context: Context, path: str) -> None:
    ed.post(f"{path}/start", data=START)
    upload(ed, name="리뷰")
    convert(context)
    assert "리뷰 (2)" in ed.get("/datasets").text


def test_it_leaves_audit_entries(ed: TestClient, context: Context, db: Database, path: str) -> None:
    ed.post(f"{path}/start", data=START)
    convert(context)
    with db.read() as session:
        actions = [e.action for e in session.exec(select(AuditEntry)) if e.actor_name == "Ed"]
    assert {AuditAction.IMPORT_STARTED, AuditAction.VERSION_IMPORTED} <= set(actions)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"user": "{{ 없음 }}"}, "There is no column “없음”."),
        ({"user": "{{ 제목"}, "{{ 제목"),
        ({"assistant": ""}, "The part “Assistant” is needed."),
        ({"target": "nonsense"}, "Choose one of the list."),
        ({"name": "taken"}, "There is a dataset of this name already."),
        ({"history": "-1"}, "This has characters that cannot be used here."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(
    ed: TestClient, db: Database, path: str, changes: dict[str, str], sentence: str
) -> None:
    upload(ed, name="taken")
    answer = ed.post(f"{path}/start", data=START | changes)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "Rate the review from 1 to 5." in answer.text
    assert import_at(db, path).status is ImportStatus.RECOGNISED


def test_it_waits_for_the_recognition(ed: TestClient) -> None:
    path = send(ed).headers["location"]
    assert ed.post(f"{path}/start", data=START).status_code == 409


def test_bytes_shared_with_a_deleted_version_stay(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/start", data=START)
    convert(context)
    ed.post(f"{version_path(context, path)}/delete")
    assert "are deleted" in ed.get(path).text
    assert context.storage.exists(import_at(db, path).sha256)


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/start", data=START).status_code == 403
    page = vi.get(path).text
    assert ("자꾸 꺼집니다" in page, "import-form" in page) == (True, False)

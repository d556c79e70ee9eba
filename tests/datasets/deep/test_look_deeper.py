"""The second look at a version in the background, and what the report shows of it."""

import unicodedata
from dataclasses import replace

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context, new_owner
from app.core.db import Database
from app.core.leases import MOST_ATTEMPTS, claim
from app.datasets.deep import checking
from app.datasets.deep.groups_file import groups_path, read_groups
from app.datasets.deep.looking import Kind
from app.datasets.deep.models import DeepCheck, DeepStatus
from app.worker import do_all_due
from tests.datasets.uploads import (
    chat_row,
    files_in,
    jsonl,
    reviews,
    upload,
    upload_checked,
    version_at,
)

LONG = "배송이 정말 빨랐고 포장도 꼼꼼해서 마음에 들었습니다. 다음에도 여기서 주문하려고 합니다"
ALIKE = jsonl(
    chat_row("Good <b>app</b>", "5"),  # line 1
    chat_row("good  <B>APP</b>", "5"),
    chat_row("Good <b>app</b>", "5"),
    chat_row("crashes", "1"),
    chat_row("Crashes", "2"),  # line 5
    chat_row(LONG, "5"),
    chat_row(unicodedata.normalize("NFD", LONG + "!"), "5"),
    "{oops",
    '{"messages": "none"}',
    *(chat_row(f"review {number}", "3") for number in range(8)),
)
GROUPS = {
    Kind.EXACT: [[1, 3]],
    Kind.NORMALISED: [[1, 2, 3]],
    Kind.NEAR: [[6, 7]],
    Kind.CONTRADICTORY: [[4, 5]],
}


def look(context: Context) -> None:
    do_all_due(context, checking.TASKS)


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return upload_checked(ed, context, ALIKE)


def deep_check(db: Database) -> DeepCheck:
    with db.read() as session:
        return session.exec(select(DeepCheck)).one()


def groups_of(context: Context, db: Database, path: str, kind: Kind) -> list[list[int]]:
    file = groups_path(context.storage, version_at(db, path).sha256)
    found = read_groups(file, kind)
    return [(found.group(number) + 1).tolist() for number in range(len(found))]


def test_every_kind_is_found_with_its_lines(context: Context, db: Database, path: str) -> None:
    look(context)
    assert {kind: groups_of(context, db, path, kind) for kind in Kind} == GROUPS
    assert deep_check(db).findings["normalised"] == {"groups": 1, "lines": 3}


def test_the_report_says_so_meanwhile_and_joins_it_then(
    vi: TestClient, context: Context, path: str
) -> None:
    before = vi.get(path).text
    assert "second look is still being taken" in before
    assert 'hx-trigger="every 2s"' in vi.get(f"{path}/alike").text
    look(context)
    after = vi.get(path).text
    assert "second look is still being taken" not in after
    assert all(f'id="alike-{kind}"' in after for kind in Kind)
    assert "hx-trigger" not in vi.get(f"{path}/alike").text


@pytest.mark.parametrize("kind", Kind)
def test_groups_are_shown_side_by_side(
    vi: TestClient, context: Context, path: str, kind: Kind
) -> None:
    look(context)
    for page in (vi.get(f"{path}/alike/{kind}"), vi.get(f"{path}/alike/{kind}/1")):
        assert page.status_code == 200
        lines = GROUPS[kind][0]
        assert all(f"/examples?line={line}" in page.text for line in lines)
        assert page.text.count("<h3>Line") == (1 if kind is Kind.EXACT else 2)
        assert "<b>app</b>" not in page.text


def test_a_large_group_has_all_its_lines_in_pages(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, jsonl(*[chat_row("the same")] * 700))
    look(context)
    assert "all 700" in ed.get(f"{path}/alike/exact").text
    assert "line=700" in ed.get(f"{path}/alike/exact/1?page=2").text
    assert "line=700" in ed.get(f"{path}/alike/exact/1?page=99").text
    assert ed.get(f"{path}/alike/exact?page=99").status_code == 200


@pytest.mark.parametrize("address", ["other", "exact/2", "exact/0", "..%2F..", "exact/x"])
def test_what_is_not_there_is_not_found(
    vi: TestClient, context: Context, path: str, address: str
) -> None:
    look(context)
    assert vi.get(f"{path}/alike/{address}").status_code in {404, 422}


def test_groups_that_are_lost_or_not_there_yet_are_not_found(
    vi: TestClient, context: Context, db: Database, path: str
) -> None:
    assert vi.get(f"{path}/alike/exact").status_code == 404
    look(context)
    groups_path(context.storage, version_at(db, path).sha256).write_bytes(b"cut")
    assert vi.get(f"{path}/alike/exact").status_code == 404


def test_the_system_prompt_makes_nobody_alike(
    ed: TestClient, context: Context, db: Database
) -> None:
    system = '{"role": "system", "content": "%s"}' % (LONG * 5)
    rows = [
        chat_row(f"{word} {number * 7919}").replace("[{", f"[{system}, {{", 1)
        for number, word in enumerate(["refund", "crash", "login", "slow", "price"] * 3)
    ]
    path = upload_checked(ed, context, jsonl(*rows))
    look(context)
    assert groups_of(context, db, path, Kind.NEAR) == []


def test_done_twice_it_says_the_same(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    look(context)
    first = deep_check(db).findings
    ed.post(f"{path}/validate")
    do_all_due(context)
    assert deep_check(db).findings == first
    assert deep_check(db).status is DeepStatus.DONE


def test_a_dead_worker_loses_its_version_and_a_living_one_keeps_it(
    context: Context, db: Database, path: str
) -> None:
    with db.write() as session:
        claim(session, DeepCheck, owner="alive", seconds=60)
    assert checking.look_at_version(replace(context, owner=new_owner())) is False
    with db.write() as session:
        session.exec(select(DeepCheck)).one().lease_expires_at = 0.0
    look(context)
    assert deep_check(db).status is DeepStatus.DONE


def test_a_version_that_kills_its_readers_is_given_up(
    vi: TestClient, context: Context, db: Database, path: str
) -> None:
    with db.write() as session:
        session.exec(select(DeepCheck)).one().attempt_count = MOST_ATTEMPTS
    look(context)
    assert deep_check(db).status is DeepStatus.FAILED
    assert "The second look failed" in vi.get(path).text


def test_a_lost_file_does_not_stop_the_worker(context: Context, db: Database, path: str) -> None:
    context.storage.delete(version_at(db, path).sha256)
    look(context)
    assert deep_check(db).status is DeepStatus.WAITING


def test_a_version_deleted_meanwhile_is_let_go(
    ed: TestClient, context: Context, db: Database
) -> None:
    before = files_in(context)
    path = upload_checked(ed, context, reviews())
    beat = checking.Beat(replace(context, owner="somebody else"), deep_check(db).id or 0)
    assert beat(1, 2) is False
    look(context)
    ed.post(f"{path}/delete")
    assert files_in(context) == before


def test_an_empty_version_has_no_groups(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context, b"\n\n")
    look(context)
    assert {kind: groups_of(context, db, path, kind) for kind in Kind} == {
        kind: [] for kind in Kind
    }


def test_a_version_not_checked_yet_has_no_panel(ed: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert "was no second look" in ed.get(f"{path}/alike").text


def test_it_asks_who_reads(anonymous: TestClient, path: str) -> None:
    assert anonymous.get(f"{path}/alike/exact", follow_redirects=False).status_code in {303, 401}

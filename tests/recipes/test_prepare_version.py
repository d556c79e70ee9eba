"""Splitting a version into training and validation."""

import threading
from dataclasses import replace

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context, new_owner
from app.core.db import Database
from app.core.leases import MOST_ATTEMPTS, claim
from app.datasets.models import DatasetVersion, VersionPart, VersionStatus
from app.recipes import preparing
from app.recipes.models import Recipe, RecipeStatus
from app.worker import do_all_due
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

SPLIT = {"training_percent": "80", "seed": "7"}


def carry_out(context: Context) -> None:
    do_all_due(context, preparing.TASKS)


def parts_of(db: Database) -> dict[VersionPart, DatasetVersion]:
    with db.read() as session:
        query = select(DatasetVersion).where(col(DatasetVersion.part).is_not(None))
        return {version.part: version for version in session.exec(query) if version.part}


def bytes_of(context: Context, version: DatasetVersion) -> bytes:
    return context.storage.path(version.sha256).read_bytes()


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return upload_checked(ed, context, reviews(50))


def test_it_makes_two_checked_versions(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    answer = ed.post(f"{path}/prepare", data=SPLIT)
    assert answer.headers["location"].startswith(f"{path}/prepare?")
    assert 'hx-trigger="every 2s"' in ed.get(f"{path}/prepare").text
    carry_out(context)
    check(context)
    parts = parts_of(db)
    assert [parts[part].number for part in VersionPart] == [2, 3]
    assert [parts[part].example_count for part in VersionPart] == [40, 10]
    assert {version.status for version in parts.values()} == {VersionStatus.READY}
    assert {v.parent_version_id for v in parts.values()} == {version_at(db, path).id}
    page = ed.get(f"{path}/prepare/recipes").text
    assert ("@2" in page, "40 examples" in page, "hx-trigger" in page) == (True, True, False)
    assert "training part" in ed.get(path.removesuffix("/versions/1")).text
    assert "@2" in ed.get(f"{path}/lineage").text


def test_every_line_is_in_one_part_as_it_was(
    ed: TestClient, context: Context, db: Database
) -> None:
    rows = [chat_row(f"줄 {n}") for n in range(20)]
    data = "\r\n".join([*rows, "", "{oops", rows[4]]).encode()
    path = upload_checked(ed, context, b"\xef\xbb\xbf" + data)
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    parts = {p: bytes_of(context, v).decode().splitlines() for p, v in parts_of(db).items()}
    together = parts[VersionPart.TRAINING] + parts[VersionPart.VALIDATION]
    assert sorted(together) == sorted([*rows, rows[4]])
    assert not set(parts[VersionPart.TRAINING]) & set(parts[VersionPart.VALIDATION])


def test_the_preview_says_what_comes_out(
    vi: TestClient, ed: TestClient, context: Context, path: str
) -> None:
    page = vi.get(f"{path}/prepare/preview", params=SPLIT).text
    assert ("<dd>40 " in page, "<dd>10 " in page) == (True, True)
    assert "Type 99 or less." in vi.get(f"{path}/prepare/preview?training_percent=100").text
    assert vi.get(f"{path}/prepare?training_percent=x&seed=").status_code == 200


def test_a_recipe_and_a_seed_reproduce_byte_for_byte(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    before = parts_of(db)
    for version in before.values():
        ed.post(f"{path.removesuffix('/1')}/{version.number}/delete")
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    after = parts_of(db)
    assert [after[part].sha256 for part in VersionPart] == [
        before[part].sha256 for part in VersionPart
    ]
    assert [after[part].number for part in VersionPart] == [4, 5]


def test_asked_twice_it_is_done_once(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    for _ in range(2):
        ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    with db.read() as session:
        assert len(session.exec(select(Recipe)).all()) == 1
        assert len(session.exec(select(DatasetVersion)).all()) == 3


def test_a_dead_worker_loses_its_recipe(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    before = files_in(context)
    ed.post(f"{path}/prepare", data=SPLIT)
    with db.write() as session:
        claim(session, Recipe, owner="alive", seconds=60)
    assert preparing.carry_out_recipe(replace(context, owner=new_owner())) is False
    assert files_in(context) == before
    with db.write() as session:
        session.exec(select(Recipe)).one().lease_expires_at = 0.0
    carry_out(context)
    assert len(parts_of(db)) == 2


def test_a_worker_that_ends_gives_its_recipe_back(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    before = files_in(context)
    ed.post(f"{path}/prepare", data=SPLIT)
    ending = threading.Event()
    ending.set()
    assert preparing.carry_out_recipe(replace(context, owner=new_owner(), stop=ending))
    assert files_in(context) == before
    with db.read() as session:
        recipe = session.exec(select(Recipe)).one()
    assert (recipe.attempt_count, recipe.lease_owner) == (0, None)
    carry_out(context)
    assert len(parts_of(db)) == 2


def test_a_recipe_that_cannot_be_carried_out_is_given_up(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/prepare", data=SPLIT)
    with db.write() as session:
        session.exec(select(Recipe)).one().attempt_count = MOST_ATTEMPTS
    carry_out(context)
    with db.read() as session:
        assert session.exec(select(Recipe)).one().status is RecipeStatus.FAILED
    assert "failed" in ed.get(f"{path}/prepare").text


def test_it_leaves_an_audit_entry_for_each_part(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.VERSION_PREPARED)
        assert [entry.actor_name for entry in session.exec(query)] == ["Ed", "Ed"]


def test_the_source_stays_while_its_parts_are_there(
    ed: TestClient, context: Context, path: str
) -> None:
    ed.post(f"{path}/prepare", data=SPLIT)
    carry_out(context)
    assert ed.post(f"{path}/delete").status_code == 409


def test_an_empty_part_is_refused(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context, jsonl(*[chat_row("the same")] * 12))
    answer = ed.post(f"{path}/prepare", data=SPLIT)
    assert answer.status_code == 422
    assert "Both parts need at least one example." in answer.text
    with db.read() as session:
        assert session.exec(select(Recipe)).all() == []


@pytest.mark.parametrize(
    "data",
    [{"training_percent": "0"}, {"training_percent": "100"}, {"seed": "-1"}, {"seed": "x"}],
)
def test_odd_settings_are_refused(ed: TestClient, path: str, data: dict[str, str]) -> None:
    assert ed.post(f"{path}/prepare", data=data).status_code == 422


def test_it_waits_for_the_check(ed: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert "once it is checked" in ed.get(f"{path}/prepare").text
    assert ed.post(f"{path}/prepare", data=SPLIT).status_code == 409


def test_it_refuses_a_viewer(vi: TestClient, path: str) -> None:
    assert vi.post(f"{path}/prepare", data=SPLIT).status_code == 403
    assert "Make the version" not in vi.get(f"{path}/prepare").text

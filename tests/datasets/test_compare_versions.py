"""Two versions compared in the background: asked for, done once, kept, shown, used by recipes."""

import json
import unicodedata
from dataclasses import replace
from threading import Event

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context, new_owner
from app.core.db import Database
from app.core.errors import Conflict
from app.core.leases import MOST_ATTEMPTS, claim
from app.datasets.models import DatasetVersion, VersionPart
from app.datasets.overlap import background
from app.datasets.overlap.models import Overlap, OverlapStatus
from app.datasets.overlap.rows import PAIRS_SUFFIX, find_overlapping_rows
from app.recipes import preparing
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

LONG = "배송이 정말 빨랐고 포장도 꼼꼼해서 마음에 들었습니다. 다음에도 여기서 주문하려고 합니다"


def grouped(user: object, text: str) -> str:
    return json.dumps(json.loads(chat_row(text)) | {"metadata": {"user_id": user}})


TRAINING = jsonl(
    chat_row("Good <b>app</b>", "5"),
    chat_row("crashes", "1"),
    chat_row(LONG, "5"),
    grouped(7, "from user seven, in training"),
    *(chat_row(f"training {number}", "3") for number in range(8)),
)
VALIDATION = jsonl(
    chat_row("something nobody said", "2"),
    chat_row("good  <B>APP</b>", "5"),
    chat_row("crashes", "1"),
    chat_row(unicodedata.normalize("NFD", LONG + "!"), "5"),
    chat_row("crashes", "2"),
    grouped("7", "also from user seven, but a word about something else"),
)
ROWS = {"exact": [2], "normalised": [1], "near": [3], "conversation": [4]}


@pytest.fixture
def training(ed: TestClient, context: Context) -> str:
    path = str(upload(ed, TRAINING, name="training").headers["location"])
    check(context)
    return path


@pytest.fixture
def validation(ed: TestClient, context: Context) -> str:
    path = str(upload(ed, VALIDATION, name="validation").headers["location"])
    check(context)
    return path


def id_of(db: Database, path: str) -> int:
    return version_at(db, path).id or 0


def compare(client: TestClient, db: Database, path: str, against: str, **fields: object) -> int:
    data = {"against": id_of(db, against)} | fields
    return client.post(f"{path}/overlap", data=data).status_code


def work(context: Context) -> None:
    do_all_due(context, background.TASKS)


def overlap(db: Database) -> Overlap:
    with db.read() as session:
        return session.exec(select(Overlap)).one()


def page_of(client: TestClient, db: Database, path: str, against: str, rest: str = "") -> str:
    answer = client.get(f"{path}/overlap?against={id_of(db, against)}{rest}")
    assert answer.status_code == 200
    return answer.text


def test_it_is_asked_for_and_done_in_the_background(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    assert compare(ed, db, validation, training) == 303
    assert overlap(db).status is OverlapStatus.WAITING
    work(context)
    found = overlap(db)
    assert found.status is OverlapStatus.DONE
    assert found.counts == {kind: len(rows) for kind, rows in ROWS.items()}
    assert found.affected_count == 4
    with db.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.action == AuditAction.VERSION_COMPARED)
        ).all()
    assert [entry.subject_id for entry in entries] == [id_of(db, validation)]


def test_asked_twice_it_is_done_once(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    work(context)
    first = overlap(db)
    assert compare(ed, db, validation, training) == 303
    assert overlap(db) == first


def test_the_other_way_round_is_another_comparison(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    compare(ed, db, training, validation)
    work(context)
    with db.read() as session:
        found = session.exec(select(Overlap)).all()
    assert len(found) == 2
    assert bool(found[0].affected_count) == bool(found[1].affected_count)


def test_recipes_find_the_rows(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    compare(ed, db, validation, training, by="metadata.user_id")
    work(context)
    ids = id_of(db, validation), id_of(db, training)
    with db.read() as session:

        def rows(*kinds: str) -> list[int]:
            return list(find_overlapping_rows(context.storage, session, *ids, kinds))

        assert {kind: rows(kind) for kind in ROWS} == ROWS
        assert rows("group:metadata.user_id") == [5]
        assert rows("near", "exact", "near") == [2, 3]
        assert rows() == []
        for unknown in ("group:other", "group", "similar"):
            with pytest.raises(Conflict):
                rows(unknown)


def test_recipes_are_told_that_nothing_was_compared(
    context: Context, session: Session, db: Database, training: str, validation: str
) -> None:
    ids = id_of(db, validation), id_of(db, training)
    with pytest.raises(Conflict, match="not compared yet"):
        find_overlapping_rows(context.storage, session, *ids, ["exact"])


def test_the_page_shows_progress_then_figures_then_pairs(
    ed: TestClient, vi: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    assert "validation @1" in page_of(vi, db, training, validation)
    compare(ed, db, validation, training)
    before = page_of(vi, db, validation, training)
    assert 'hx-trigger="every 2s"' in before
    against = id_of(db, training)
    progress = f"{validation}/overlap/progress?against={against}"
    assert "hx-refresh" not in vi.get(progress).headers
    work(context)
    assert vi.get(progress).headers["hx-refresh"] == "true"
    after = page_of(vi, db, validation, training)
    assert all(f'id="overlap-{kind}"' in after for kind in ROWS)
    assert "4 of 6 examples are known from training @1" in after
    assert "16.7%" in after


@pytest.mark.parametrize("kind", ROWS)
def test_pairs_stand_side_by_side(
    ed: TestClient, context: Context, db: Database, training: str, validation: str, kind: str
) -> None:
    compare(ed, db, validation, training)
    work(context)
    text = page_of(ed, db, validation, training, f"&rule={kind}")
    assert f"{validation}/examples?line={ROWS[kind][0] + 1}" in text
    assert f"{training}/examples?line=" in text
    assert "<b>app</b>" not in text.lower()
    fix = f"{validation}/prepare?fix=drop_overlap&amp;against={id_of(db, training)}&amp;rule={kind}"
    assert fix in text
    marks = {"exact": 0, "normalised": 2, "near": 2, "conversation": 2}
    assert text.count("<mark>") == marks[kind]


def test_many_pairs_come_in_pages(ed: TestClient, context: Context, db: Database) -> None:
    one = upload_checked(ed, context, reviews(25))
    other = str(upload(ed, reviews(24), name="other").headers["location"])
    check(context)
    compare(ed, db, one, other)
    work(context)
    last = page_of(ed, db, one, other, "&rule=exact&page=3")
    assert last.count("<h3>") == 8
    assert page_of(ed, db, one, other, "&rule=exact&page=99").count("<h3>") == 8


def test_groups_are_offered_by_keys_that_occur(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    assert '<option value="metadata.user_id"' in page_of(ed, db, validation, training)
    compare(ed, db, validation, training, by="metadata.user_id", again="1")
    work(context)
    text = page_of(ed, db, validation, training, "&rule=group:metadata.user_id")
    assert "Same group: metadata.user_id" in text
    assert f"{validation}/examples?line=6" in text
    assert f"{training}/examples?line=4" in text
    assert "rule=group%3Ametadata.user_id" in text


def test_the_exact_part_is_known_without_asking(
    vi: TestClient, db: Database, training: str, validation: str
) -> None:
    text = page_of(vi, db, validation, training)
    assert 'id="overlap-exact"' in text
    assert "Only exact repetitions are counted so far." in text
    assert 'id="overlap-near"' not in text


def test_parts_of_a_split_are_compared_by_themselves(
    ed: TestClient, context: Context, db: Database
) -> None:
    rows = [chat_row(LONG + "!" * number, "5") for number in range(20)]
    path = upload_checked(ed, context, jsonl(*rows))
    ed.post(f"{path}/prepare", data={"training_percent": "80", "seed": "1"})
    do_all_due(context, preparing.TASKS)
    check(context)
    found = overlap(db)
    with db.read() as session:
        assert session.get_one(DatasetVersion, found.version_id).part is VersionPart.VALIDATION
        assert session.get_one(DatasetVersion, found.against_id).part is VersionPart.TRAINING
    part = path.removesuffix("1") + "3"
    assert "is being compared with" in ed.get(f"{part}/overlap/lines").text
    work(context)
    lines = ed.get(f"{part}/overlap/lines").text
    assert "4 of 4 examples" in lines
    assert "hx-trigger" not in lines
    training = path.removesuffix("1") + "2"
    assert "4 of 4 examples" in ed.get(f"{training}/overlap/lines").text
    for page in (part, f"{part}/lineage"):
        assert f'hx-get="{part}/overlap/lines"' in ed.get(page).text
    assert "Not compared with any other version yet." in ed.get(f"{path}/overlap/lines").text
    ed.post(f"{part}/validate")
    check(context)
    assert overlap(db).status is OverlapStatus.DONE


@pytest.mark.parametrize("who", ["vi", "anonymous"])
def test_refuses_who_may_not(
    who: str, request: pytest.FixtureRequest, db: Database, training: str, validation: str
) -> None:
    client: TestClient = request.getfixturevalue(who)
    assert compare(client, db, validation, training) in {403, 303}
    with db.read() as session:
        assert session.exec(select(Overlap)).all() == []


def test_readers_are_asked_who_they_are(anonymous: TestClient, validation: str) -> None:
    for address in ("overlap", "overlap/progress", "overlap/lines"):
        assert anonymous.get(f"{validation}/{address}").status_code in {303, 401}


def test_refuses_what_cannot_be_compared(
    ed: TestClient, db: Database, training: str, validation: str
) -> None:
    unchecked = str(upload(ed, reviews(3), name="unchecked").headers["location"])
    assert "Choose two different versions." in post(ed, db, validation, validation)
    assert "once it is checked" in post(ed, db, validation, unchecked)
    assert "once it is checked" in post(ed, db, unchecked, validation)
    assert ed.post(f"{validation}/overlap", data={"against": "999"}).status_code == 404
    assert ed.post(f"{validation}/overlap", data={"against": "x"}).status_code == 422
    fields = {"against": id_of(db, training), "by": "a\0b"}
    assert ed.post(f"{validation}/overlap", data=fields).status_code == 422
    assert ed.get(f"{unchecked}/overlap").status_code == 200
    with db.read() as session:
        assert session.exec(select(Overlap)).all() == []


def post(client: TestClient, db: Database, path: str, against: str) -> str:
    answer = client.post(f"{path}/overlap", data={"against": id_of(db, against)})
    assert answer.status_code == 422
    return answer.text


@pytest.mark.parametrize("query", ["against=999", "against=x", "against=", "rule=..%2F&page=7", ""])
def test_odd_addresses_are_answered(ed: TestClient, validation: str, query: str) -> None:
    status = ed.get(f"{validation}/overlap?{query}").status_code
    assert status == (404 if query == "against=999" else 200)


def test_a_dead_worker_loses_its_comparison_and_a_living_one_keeps_it(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    with db.write() as session:
        claim(session, Overlap, owner="alive", seconds=60)
    assert background.compare_two_versions(replace(context, owner=new_owner())) is False
    with db.write() as session:
        session.exec(select(Overlap)).one().lease_expires_at = 0.0
    work(context)
    assert overlap(db).status is OverlapStatus.DONE


@pytest.mark.parametrize("path", ["", "metadata.user_id"])
def test_a_process_of_its_own_finds_the_same(
    ed: TestClient, context: Context, db: Database, training: str, validation: str, path: str
) -> None:
    compare(ed, db, validation, training, by=path)
    work(context)
    first = overlap(db)
    with db.write() as session:
        session.exec(select(Overlap)).one().status = OverlapStatus.WAITING
    settings = context.settings.model_copy(update={"check_here_bytes": 0})
    work(replace(context, settings=settings))
    again = overlap(db)
    assert again.status is OverlapStatus.DONE
    assert again.done_at != first.done_at
    assert (again.counts, again.affected_count) == (first.counts, first.affected_count)


def test_a_worker_that_ends_gives_its_comparison_back(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    ending = replace(context, stop=Event())
    ending.stop.set()
    assert background.compare_two_versions(ending) is True
    given_back = overlap(db)
    assert (given_back.status, given_back.attempt_count) == (OverlapStatus.WAITING, 0)
    assert given_back.lease_owner is None
    assert given_back.counts == {"exact": 1}
    work(context)
    assert overlap(db).status is OverlapStatus.DONE


def test_a_comparison_that_kills_its_workers_is_given_up(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    with db.write() as session:
        session.exec(select(Overlap)).one().attempt_count = MOST_ATTEMPTS
    work(context)
    assert overlap(db).status is OverlapStatus.FAILED
    assert "failed several times" in page_of(ed, db, validation, training)
    compare(ed, db, validation, training, again="1")
    work(context)
    assert overlap(db).status is OverlapStatus.DONE


def test_rows_that_are_lost_can_be_found_again(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    work(context)
    [path] = [path for path in files_in(context) if path.name.endswith(PAIRS_SUFFIX)]
    path.write_bytes(b"cut")
    lost = page_of(ed, db, validation, training, "&rule=near")
    assert "no longer in the storage" in lost
    compare(ed, db, validation, training, again="1")
    work(context)
    assert "<mark>" in page_of(ed, db, validation, training, "&rule=near")


def test_a_lost_version_does_not_stop_the_worker(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    context.storage.delete(version_at(db, training).sha256)
    work(context)
    assert overlap(db).status is OverlapStatus.WAITING


def test_what_is_deleted_leaves_nothing_behind(
    ed: TestClient, context: Context, db: Database, validation: str
) -> None:
    before = files_in(context)
    for name in ("one", "two"):
        path = str(upload(ed, TRAINING + name.encode(), name=name).headers["location"])
        check(context)
        compare(ed, db, validation, path)
        work(context)
        beat = background.Beat(replace(context, owner="somebody else"), overlap(db).id or 0)
        assert beat(1, 2) is False
        ed.post(f"{path}/delete")
    with db.read() as session:
        assert session.exec(select(Overlap)).all() == []
    left = set(files_in(context)) - set(before)
    assert len(left) <= 1, "the comparison with the first went when the second was kept"
    ed.post(f"{validation}/delete")
    assert files_in(context) == []


def test_large_versions_are_not_counted_while_somebody_waits(
    vi: TestClient, db: Database, training: str, validation: str
) -> None:
    with db.write() as session:
        session.get_one(DatasetVersion, id_of(db, training)).line_count = 500_001
    text = page_of(vi, db, validation, training)
    assert "These versions were not compared yet." in text


def test_it_says_how_many_were_compared_for_likeness(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    work(context)
    assert "Nearly the same was looked for" not in page_of(ed, db, validation, training)
    with db.write() as session:
        session.exec(select(Overlap)).one().different_count = 70_000
    text = page_of(ed, db, validation, training)
    assert "among the first 6 of 70,000 different examples" in text


def test_one_press_makes_a_version_without_them(
    ed: TestClient, context: Context, db: Database, training: str, validation: str
) -> None:
    compare(ed, db, validation, training)
    work(context)
    against = id_of(db, training)
    link = f"{validation}/prepare?fix=drop_overlap&against={against}"
    assert link.replace("&", "&amp;") in page_of(ed, db, validation, training)
    assert ed.get(link).status_code == 200
    asked = ed.post(f"{validation}/prepare", data={"fix": "drop_overlap", "against": against})
    assert asked.status_code == 303
    do_all_due(context, preparing.TASKS)
    check(context)
    made = version_at(db, validation.removesuffix("1") + "2")
    assert made.example_count == 3

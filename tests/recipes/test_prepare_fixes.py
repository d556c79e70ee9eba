"""Fixes of findings: each makes a new version in which the finding is gone."""

import json

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.core.context import Context
from app.core.db import Database
from app.datasets import checking
from app.datasets.models import DatasetVersion, VersionSource
from app.datasets.overlap import background
from app.datasets.report_pages import find_report
from app.recipes.models import Recipe, RecipeStatus
from app.worker import do_all_due
from tests.datasets.uploads import chat_row, jsonl, reviews, upload, version_at
from tests.recipes.preparations import (
    Data,
    last_recipe,
    last_version,
    lines_of,
    pair_row,
    prepare,
    upload_looked_at,
)

PLAIN = [chat_row(f"review {number}", str(number % 5 + 1)) for number in range(12)]
LONG = "the same long text that is written nearly alike in all of these examples, number"


def rules_of(db: Database, version: DatasetVersion) -> set[str]:
    with db.read() as session:
        report = find_report(session, version)
    assert report is not None
    return {finding.rule for finding in report.findings}


CASES = [
    ("drop_broken", "invalid_json", [*PLAIN, "{oops"], PLAIN),
    ("drop_duplicates", "duplicate_example", [*PLAIN, PLAIN[3], PLAIN[3]], PLAIN),
    ("unix_lines", "blank_line", [PLAIN[0], "", *PLAIN[1:]], PLAIN),
    ("drop_lines", "empty_content", [chat_row(" "), *PLAIN], PLAIN),
    ("trim", "", [chat_row(" hi "), *PLAIN], [chat_row("hi"), *PLAIN]),
    ("nfc", "", [chat_row("\u1112\u1161\u11ab"), *PLAIN], [chat_row("한"), *PLAIN]),
    ("full_width", "", [chat_row("Ａ１"), *PLAIN], [chat_row("A1"), *PLAIN]),
    (
        "mask_private",
        "",
        [chat_row("kim@naver.com"), *PLAIN],
        [chat_row("[EMAIL]"), *PLAIN],
    ),
]


@pytest.mark.parametrize(("fix", "rule", "before", "after"), CASES, ids=[case[0] for case in CASES])
def test_a_fix_makes_a_version_without_its_finding(
    ed: TestClient,
    context: Context,
    db: Database,
    fix: str,
    rule: str,
    before: list[str],
    after: list[str],
) -> None:
    path = upload_looked_at(ed, context, jsonl(*before))
    source = version_at(db, path)
    assert not rule or rule in rules_of(db, source)
    answer = prepare(ed, context, path, {"fix": fix, "rule": rule})
    assert answer.headers["location"] == f"{path}/prepare?recipe=1"
    made = last_version(db)
    assert lines_of(context, made) == after
    assert (made.source, made.part) == (VersionSource.RECIPE, None)
    assert (made.parent_version_id, made.number) == (source.id, 2)
    assert made.filename == "reviews.prepared.jsonl"
    assert rule not in rules_of(db, made)
    assert lines_of(context, source) == before


BEGINNING = "Answer the question: what is "
PAIRS = [
    ({"fix": "separator"}, lambda prompt, answer: (f"{prompt} ->", answer)),
    ({"fix": "separator", "separator": "\\n##\\n"}, lambda q, a: (f"{q}\n##\n", a)),
    ({"fix": "leading_space"}, lambda prompt, answer: (prompt, f" {answer}")),
    ({"fix": "end_marker", "end_marker": " END"}, lambda q, a: (q, f"{a} END")),
    ({"fix": "lower_case", "lower_case": "completion"}, lambda q, a: (q, a.lower())),
    ({"fix": "drop_prefix"}, lambda q, a: (q.removeprefix(BEGINNING), a.removeprefix("IT IS "))),
    (
        {"fix": "drop_prefix", "completion_prefix": "IT "},
        lambda q, a: (q, a.removeprefix("IT ")),
    ),
    (
        {"fix": "drop_prefix", "prompt_prefix": BEGINNING},
        lambda q, a: (q.removeprefix(BEGINNING), a),
    ),
]


@pytest.mark.parametrize(("data", "change"), PAIRS, ids=[str(data) for data, _ in PAIRS])
def test_pairs_are_fixed(
    ed: TestClient, context: Context, db: Database, data: Data, change: object
) -> None:
    pairs = [(f"{BEGINNING}{n}?x{n}", f"IT IS {n}") for n in range(12)]
    path = upload_looked_at(ed, context, jsonl(*(pair_row(*pair) for pair in pairs)))
    assert prepare(ed, context, path, data).status_code == 303
    assert callable(change)
    wanted = [pair_row(*change(*pair)) for pair in pairs]
    assert lines_of(context, last_version(db)) == wanted


def test_near_duplicates_leave_the_first(ed: TestClient, context: Context, db: Database) -> None:
    alike = [chat_row(f"{LONG} {n}", "yes") for n in range(3)]
    path = upload_looked_at(ed, context, jsonl(*PLAIN, *alike))
    prepare(ed, context, path, {"fix": "drop_near"})
    assert lines_of(context, last_version(db)) == [*PLAIN, alike[0]]


def test_contradictory_answers_leave_the_most_frequent(
    ed: TestClient, context: Context, db: Database
) -> None:
    often = [chat_row("Is it good?", answer) for answer in ("yes", "no", "yes ")]
    tied = [chat_row("Is it bad?", answer) for answer in ("yes", "no")]
    path = upload_looked_at(ed, context, jsonl(*PLAIN, *often, *tied))
    prepare(ed, context, path, {"fix": "drop_contradictory"})
    assert lines_of(context, last_version(db)) == [*PLAIN, often[0], often[2]]
    assert last_recipe(db).effects == [{"left_out": 3, "ties": 2, "changed": 0}]
    page = ed.get(f"{path}/prepare").text
    assert "3 lines left out · 2 of them since no answer is more frequent" in page


def test_of_a_broken_and_a_near_one_the_good_one_stays(
    ed: TestClient, context: Context, db: Database
) -> None:
    broken = json.dumps(json.loads(chat_row(f"{LONG} 1", "yes")) | {"more": 1})
    good = chat_row(f"{LONG} 2", "yes")
    path = upload_looked_at(ed, context, jsonl(*PLAIN, broken, good))
    prepare(ed, context, path, {"fix": ["drop_near", "drop_broken"]})
    assert lines_of(context, last_version(db)) == [*PLAIN, good]
    assert [step["step"] for step in last_recipe(db).steps] == ["drop_broken", "drop_near"]


def test_one_system_prompt_for_all(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_looked_at(ed, context, reviews())
    data: Data = {"fix": "one_system_prompt", "system_prompt": "친절하게\r\n답한다."}
    prepare(ed, context, path, data)
    rows = [json.loads(line) for line in lines_of(context, last_version(db))]
    systems = {(row["messages"][0]["role"], row["messages"][0]["content"]) for row in rows}
    assert systems == {("system", "친절하게\n답한다.")}


def test_steps_and_a_split_are_one_recipe(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[0], chat_row(" hi "), "{oops"))
    data: Data = {"fix": ["drop_duplicates", "trim"], "split": "1", "seed": "7"}
    for _ in range(2):
        prepare(ed, context, path, data)
    with db.read() as session:
        assert len(session.exec(select(Recipe)).all()) == 1
        versions = session.exec(select(DatasetVersion)).all()
    assert [version.source for version in versions[1:]] == [VersionSource.RECIPE] * 2
    made = [line for version in versions[1:] for line in lines_of(context, version)]
    assert sorted(made) == sorted([*PLAIN, chat_row("hi")])
    assert last_recipe(db).effects == [
        {"left_out": 1, "ties": 0, "changed": 0},
        {"left_out": 0, "ties": 0, "changed": 1},
        {"left_out": 1, "ties": 0, "changed": 0},
    ]


def test_it_leaves_an_audit_entry_and_a_lineage(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[0]))
    prepare(ed, context, path, {"fix": "drop_duplicates"})
    with db.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == AuditAction.VERSION_PREPARED)
        assert [entry.actor_name for entry in session.exec(query)] == ["Ed"]
    made = path.replace("/versions/1", "/versions/2")
    assert f'hx-get="{made}/prepare/made-by"' in ed.get(f"{made}/lineage").text
    steps = ed.get(f"{made}/prepare/made-by").text
    assert ("Leave out exact duplicates" in steps, "1 line left out" in steps) == (True, True)
    assert "not known" in ed.get(f"{path}/prepare/made-by").text


def test_what_another_version_holds_goes(ed: TestClient, context: Context, db: Database) -> None:
    other = upload_looked_at(ed, context, jsonl(*PLAIN[:3], chat_row("more")))
    rows = [json.dumps(json.loads(row) | {"who": n % 2}) for n, row in enumerate(PLAIN)]
    path = str(upload(ed, jsonl(*rows, PLAIN[0]), name="second").headers["location"])
    do_all_due(context, checking.TASKS)
    against = str(version_at(db, other).id)
    for by in ("", "who"):
        ed.post(f"{path}/overlap", data={"against": against, "by": by})
    do_all_due(context, background.TASKS)
    page = ed.get(f"{path}/prepare?fix=drop_overlap&against={against}&rule=group:who").text
    assert ('value="group:who" checked' in page, 'value="exact" checked' in page) == (True, False)
    data: Data = {"fix": "drop_overlap", "against": against, "rule": "exact"}
    prepare(ed, context, path, data)
    assert lines_of(context, last_version(db)) == rows
    assert "@1" in ed.get(f"{path}/prepare?recipe=1").text


REFUSED: list[tuple[Data, str]] = [
    ({"fix": "drop_duplicates"}, "Nothing would change"),
    ({"fix": "drop_lines"}, "Choose at least one step."),
    ({"fix": "separator"}, "does not fit the format"),
    ({"fix": "drop_overlap"}, "Choose the version"),
    ({"fix": "drop_overlap", "against": "99"}, "were not compared yet"),
    ({"fix": "one_system_prompt"}, "so type one"),
    ({"fix": "wash"}, "Choose one of the list."),
    ({"fix": "drop_lines", "rule": "few_examples"}, "Nothing would change"),
]


def test_what_cannot_be_done_is_refused(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_looked_at(ed, context, reviews())
    for data, sentence in REFUSED:
        answer = ed.post(f"{path}/prepare", data=data)
        assert (answer.status_code, sentence in answer.text) == (422, True), data
    with db.read() as session:
        assert session.exec(select(Recipe)).all() == []


def test_a_version_without_lines_is_not_made(ed: TestClient, context: Context) -> None:
    path = upload_looked_at(ed, context, jsonl("{oops", "{oops again"))
    answer = prepare(ed, context, path, {"fix": "drop_broken"})
    assert "No line would be left." in answer.text


def test_alike_examples_wait_for_the_second_look(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[1]))
    context.storage.path(version_at(db, path).sha256, ".groups").unlink()
    answer = ed.post(f"{path}/prepare", data={"fix": "drop_near"})
    assert "still being compared" in answer.text


def test_a_recipe_whose_other_version_is_gone_says_why(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[1]))
    ed.post(f"{path}/prepare", data={"fix": "drop_duplicates"})
    with db.write() as session:
        recipe = session.exec(select(Recipe)).one()
        recipe.steps = [{"step": "drop_overlap", "against": 99, "kinds": ["exact"]}]
    prepare(ed, context, path, {"fix": "drop_lines"})
    assert last_recipe(db).status is RecipeStatus.FAILED
    assert "The two versions were not compared yet." in ed.get(f"{path}/prepare").text


def test_a_step_that_changes_nothing_after_all_makes_no_version(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_looked_at(ed, context, reviews())
    with db.write() as session:
        version_id = version_at(db, path).id or 0
        steps = [{"step": "trim"}]
        session.add(
            Recipe(source_version_id=version_id, steps=steps, fingerprint="x", created_by="Ed")
        )
    prepare(ed, context, path, {"fix": "drop_lines"})
    assert last_version(db).number == 1
    assert "nothing had to change" in ed.get(f"{path}/prepare").text


def test_it_refuses_a_viewer(vi: TestClient, ed: TestClient, context: Context) -> None:
    path = upload_looked_at(ed, context, reviews())
    assert vi.post(f"{path}/prepare", data={"fix": "trim"}).status_code == 403
    assert vi.post(f"{path}/prepare/preview", data={"fix": "trim"}).status_code == 403

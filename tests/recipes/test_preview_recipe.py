"""What the page says beforehand: the same as what is made."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.deep import checking as looking
from app.datasets.formats import DatasetFormat
from app.datasets.models import DatasetVersion
from app.recipes.excerpts import compare_rows
from app.recipes.previewing import SAMPLE_ROWS, preview_steps
from app.recipes.rewriting import Edits, rewrite_lines
from app.recipes.schemas import read_escapes, show_escapes
from app.recipes.selecting import select_lines
from app.recipes.steps import Step, order_steps
from app.worker import do_all_due
from tests.datasets.uploads import chat_row, jsonl, reviews, upload_checked
from tests.recipes.preparations import (
    Data,
    last_recipe,
    last_version,
    lines_of,
    pair_row,
    prepare,
    upload_looked_at,
)
from tests.recipes.rows_of_any_kind import texts
from tests.recipes.versions import open_file

PLAIN = [chat_row(f"review {number}", str(number % 5 + 1)) for number in range(12)]
FEW = settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
FREE_OF_GROUPS = [
    Step(step=word)
    for word in ("drop_broken", "drop_duplicates", "unix_lines", "trim", "nfc", "mask_private")
] + [Step(step="drop_lines", rule="empty_content")]

lines = st.lists(texts.map(chat_row) | st.sampled_from(["", "{oops", *PLAIN[:3]]), min_size=1)
ends = st.sampled_from(["\n", "\r\n"])
chosen = st.lists(st.sampled_from(FREE_OF_GROUPS), unique=True, min_size=1)


@FEW
@given(lines, ends, chosen)
def test_the_preview_equals_what_is_made(
    tmp_path_factory: pytest.TempPathFactory, found: list[str], end: str, steps: list[Step]
) -> None:
    data = "".join(line + end for line in found).encode()
    ordered = order_steps(steps)
    with open_file(tmp_path_factory.mktemp("f"), data, "chat") as source:
        preview = preview_steps(Session(), source, ordered, ())
        selection = select_lines(Session(), source, ordered)
        edits = Edits.of(ordered, source.format)
        made = b"".join(rewrite_lines(source.stream, source.index, selection.rows, ordered, edits))
    assert preview.is_exact
    assert made.count(b"\n") == preview.kept_count
    assert preview.left_out_count == len(found) - preview.kept_count
    assert [each.left_out for each in preview.steps] == selection.left_out
    changed = [n for each, n in zip(preview.steps, edits.changed, strict=True)
               if each.step.fix != "unix_lines"]  # fmt: skip
    assert changed == [s.changed for s in preview.steps if s.step.fix != "unix_lines"]
    assert (made == data) == preview.is_without_effect


def test_the_page_says_what_is_made(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[0], PLAIN[0], chat_row(" hi ")))
    data: Data = {"fix": ["drop_duplicates", "trim"]}
    page = ed.post(f"{path}/prepare/preview", data=data).text
    assert ("2 lines left out" in page, "1 line changed" in page) == (True, True)
    prepare(ed, context, path, data)
    assert [(e["left_out"], e["changed"]) for e in last_recipe(db).effects or []] == [
        (2, 0),
        (0, 1),
    ]
    assert last_version(db).example_count == 13


def test_lines_stand_before_and_after_beside_each_other(ed: TestClient, context: Context) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, chat_row(" 안녕 "), "{oops"))
    page = ed.get(f"{path}/prepare?fix=trim&fix=drop_broken").text
    shown = re.findall(r'<p class="recipe-text">.*?</span>(.*?)</p>', page)
    assert shown == ["<del>␣안녕␣</del>", "<ins>안녕</ins>"]
    assert "<del>{oops</del>" in page
    assert "/examples?line=13" in page


def test_what_is_private_is_not_shown(ed: TestClient, context: Context) -> None:
    rows = [chat_row("Write to kim@naver.com "), chat_row("or lee@naver.com")]
    path = upload_looked_at(ed, context, jsonl(*PLAIN, *rows))
    page = ed.get(f"{path}/prepare?fix=mask_private&fix=trim").text
    assert ("[EMAIL]" in page, "naver.com" in page) == (True, False)


def test_changes_among_many_lines_are_counted_among_the_first(
    ed: TestClient, context: Context
) -> None:
    rows = [chat_row(f"review {n} ") for n in range(SAMPLE_ROWS + 10)]
    path = upload_looked_at(ed, context, jsonl(*rows))
    page = ed.get(f"{path}/prepare?fix=trim").text
    assert f"{SAMPLE_ROWS} lines changed · among the first {SAMPLE_ROWS} lines" in page


def test_a_finding_far_behind_is_shown(ed: TestClient, context: Context) -> None:
    rows = [chat_row(f"review {n}") for n in range(SAMPLE_ROWS + 10)]
    path = upload_looked_at(ed, context, jsonl(*rows, chat_row("\u1112\u1161\u11ab")))
    page = ed.get(f"{path}/prepare?fix=nfc&rule=not_composed").text
    assert "nothing among the first 500 lines" in page
    assert f"/examples?line={len(rows) + 1}" in page


def test_steps_that_findings_ask_for_are_ticked(ed: TestClient, context: Context) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[0], "{oops"))
    page = ed.get(f"{path}/prepare").text
    assert ticked(page) == {"fix-drop_broken", "fix-drop_duplicates", "field-split"}
    linked = ed.get(f"{path}/prepare?fix=drop_duplicates&rule=duplicate_example").text
    assert ticked(linked) == {"fix-drop_duplicates"}
    lines_of_one = ed.get(f"{path}/prepare?fix=drop_lines&rule=invalid_json").text
    assert ticked(lines_of_one) == {"fix-drop_lines-invalid_json"}
    assert "1 line left out" in lines_of_one


def test_a_split_after_edits_waits_for_the_second_look(
    ed: TestClient, context: Context, db: Database
) -> None:
    rows = [*PLAIN, json.dumps(json.loads(PLAIN[0]) | {"more": 1}), PLAIN[1]]
    system = json.loads(PLAIN[2])
    system["messages"].insert(0, {"role": "system", "content": "Rate it."})
    path = upload_checked(ed, context, jsonl(*rows, json.dumps(system)))
    page = ed.get(f"{path}/prepare").text
    assert {"fix-one_system_prompt", "fix-drop_duplicates"} <= ticked(page)
    assert "field-split" not in ticked(page)
    answer = ed.get(f"{path}/prepare/preview?fix=trim&split=1").text
    assert "still being compared" in answer
    do_all_due(context, looking.TASKS)
    assert "field-split" in ticked(ed.get(f"{path}/prepare").text)


def test_what_edits_make_the_same_stays_on_one_side(
    ed: TestClient, context: Context, db: Database
) -> None:
    twins = [
        chat_row(blanks + row) for row in ("one", "two", "three") for blanks in ("", " ", "  ")
    ]
    path = upload_looked_at(ed, context, jsonl(*twins))
    for seed in range(3):
        data: Data = {"fix": "trim", "split": "1", "training_percent": "50", "seed": str(seed)}
        prepare(ed, context, path, data)
        with db.read() as session:
            parts = session.exec(select(DatasetVersion)).all()[-2:]
        lines_of_parts = [set(lines_of(context, part)) for part in parts]
        assert not lines_of_parts[0] & lines_of_parts[1]


def test_a_recipe_fills_the_form_again(ed: TestClient, context: Context) -> None:
    rows = [pair_row(f"what is {n}?", f"IT IS {n}") for n in range(12)]
    path = upload_looked_at(ed, context, jsonl(*rows))
    data: Data = {
        "fix": ["separator", "lower_case", "drop_prefix"],
        "separator": "\\n##\\n",
        "lower_case": "completion",
        "completion_prefix": "IT",
        "split": "1",
        "training_percent": "70",
    }
    page = ed.get(str(prepare(ed, context, path, data).headers["location"])).text
    assert ticked(page) == {
        "fix-separator", "fix-lower_case", "fix-drop_prefix", "lower-completion", "field-split",
    }  # fmt: skip
    fields = dict(re.findall(r'name="(\w+)" type="\w+" value="([^"]*)"', page))
    assert fields["separator"] == "\\n##\\n"
    assert (fields["completion_prefix"], fields["training_percent"]) == ("IT", "70")


def test_a_large_version_is_counted_after_the_page(
    ed: TestClient, context: Context, db: Database
) -> None:
    path = upload_checked(ed, context, reviews())
    with db.write() as session:
        version = last_version(db)
        version.line_count = 2_000_000
        session.merge(version)
    page = ed.get(f"{path}/prepare").text
    assert ('hx-trigger="load"' in page, "Lines kept" in page) == (True, False)
    assert "hx-trigger" not in ed.get(f"{path}/prepare/preview").text


def test_a_viewer_sees_but_does_not_choose(
    vi: TestClient, ed: TestClient, context: Context
) -> None:
    path = upload_looked_at(ed, context, jsonl(*PLAIN, PLAIN[0]))
    page = vi.get(f"{path}/prepare/preview?fix=drop_duplicates").text
    assert "1 line left out" in page
    assert vi.post(f"{path}/prepare/preview", data={"fix": "trim"}).status_code == 403


def test_odd_addresses_are_answered(ed: TestClient, context: Context) -> None:
    path = upload_looked_at(ed, context, reviews())
    for query in ("recipe=99", "recipe=x", "fix=wash", "fix=trim&against=x", "seed="):
        assert ed.get(f"{path}/prepare?{query}").status_code in {200, 404}
        assert ed.get(f"{path}/prepare/preview?{query}").status_code in {200, 404}


@given(st.text())
def test_what_is_shown_with_escapes_is_read_again(text: str) -> None:
    assert read_escapes(show_escapes(text)) == text
    assert "\n" not in show_escapes(text)


@given(texts, texts)
def test_excerpts_are_short(before: str, after: str) -> None:
    rows = [{"prompt": text, "completion": ""} for text in (before * 40, after * 40)]
    line = compare_rows(1, rows[0], rows[1], DatasetFormat.COMPLETION, hides=False)
    assert bool(line.changes) == (rows[0] != rows[1])
    for change in line.changes:
        for side in (change.before, change.after):
            assert len(side.head + side.changed + side.tail) < 700


def ticked(page: str) -> set[str]:
    boxes = re.findall(r'<input type="checkbox" id="([^"]+)"[^>]* checked>', page)
    return {box for box in boxes if not box.startswith("kind-")}

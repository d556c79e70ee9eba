"""Each fix as a pure function over rows: done twice it changes nothing more, whatever the row."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.formats import DatasetFormat
from app.datasets.private_data import find_private
from app.recipes.fixes import find_edit, fits
from app.recipes.fixes_texts import mask_arguments, mask_text
from app.recipes.rows import Edit, Row
from app.recipes.steps import DROPS, ORDER, Step
from tests.recipes.rows_of_any_kind import STEPS, rows_with_format, texts

CHAT, COMPLETION = DatasetFormat.CHAT, DatasetFormat.COMPLETION


def edit_of(step: Step) -> Edit:
    edit = find_edit(step)
    assert edit is not None
    return edit


def say(*contents: object, role: str = "user") -> Row:
    return {"messages": [{"role": role, "content": content} for content in contents]}


def pair(prompt: str, completion: str) -> Row:
    return {"prompt": prompt, "completion": completion}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.step)
@settings(max_examples=40)
@given(rows_with_format())
def test_done_twice_it_changes_nothing_more(
    step: Step, given_row: tuple[dict[str, Any], DatasetFormat]
) -> None:
    row, row_format = given_row
    before, edit = copy.deepcopy(row), edit_of(step)
    once = edit(row, row_format)
    assert row == before
    assert (once == row) == (once is row)
    assert edit(once, row_format) is once
    assert json.loads(json.dumps(once)) == once


def test_every_fix_leaves_lines_out_or_changes_them() -> None:
    changing = {step.step for step in STEPS}
    assert set(ORDER) == {*DROPS, "unix_lines", *changing}


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("trim", " 안녕 \n", "안녕"),
        ("trim", " \n", " \n"),
        ("nfc", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("full_width", "ＡＢＣ１２３！　가", "ABC123！　가"),
        ("mask_private", "Write to kim@naver.com", "Write to [EMAIL]"),
    ],
)
def test_contents_are_written_better(step: str, before: str, after: str) -> None:
    edit = edit_of(Step(step=step))
    assert edit(say(before), CHAT) == say(after)
    part = [{"type": "text", "text": before}, {"type": "image_url", "image_url": {"url": before}}]
    changed = [{"type": "text", "text": after}, {"type": "image_url", "image_url": {"url": before}}]
    assert edit(say(part), CHAT) == say(changed)


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (Step(step="separator", text=" ->"), pair("Q", "A"), pair("Q ->", "A")),
        (Step(step="separator", text=" ->"), pair("Q ->", "A"), pair("Q ->", "A")),
        (Step(step="separator", text=" ->"), pair("", "free"), pair("", "free")),
        (Step(step="end_marker", text="\n"), pair("Q", "A"), pair("Q", "A\n")),
        (Step(step="leading_space"), pair("Q", "A"), pair("Q", " A")),
        (Step(step="lower_case", columns=("prompt",)), pair("ÀQ", "A"), pair("àq", "A")),
        (Step(step="drop_prefix", prompt="Say: "), pair("Say: hi", "A"), pair("hi", "A")),
        (Step(step="drop_prefix", prompt="Say: "), pair("Say: ", "A"), pair("Say: ", "A")),
        (Step(step="drop_prefix", completion=" Yes: "), pair("Q", " Yes: 1"), pair("Q", " 1")),
    ],
)
def test_pairs_are_written_as_the_old_tool_did(step: Step, before: Row, after: Row) -> None:
    assert edit_of(step)(before, COMPLETION) == after


def test_a_system_prompt_takes_the_place_of_what_is_there() -> None:
    edit = edit_of(Step(step="one_system_prompt", text="Be kind."))
    user = {"role": "user", "content": "hi"}
    system = {"role": "system", "content": "Be kind."}
    rude = {"role": "developer", "content": [{"type": "text", "text": "Be rude."}]}
    assert edit({"messages": [user]}, CHAT) == {"messages": [system, user]}
    developer = {"role": "developer", "content": "Be kind."}
    assert edit({"messages": [rude, system, user]}, CHAT) == {"messages": [developer, user]}
    pair_row = {"input": {"messages": [user]}, "preferred_output": [user]}
    changed = {"input": {"messages": [system, user]}, "preferred_output": [user]}
    assert edit(pair_row, DatasetFormat.PREFERENCE) == changed


@given(texts)
def test_nothing_private_is_left(text: str) -> None:
    assert not list(find_private(mask_text(text)))


@given(st.dictionaries(st.text(max_size=3), texts | st.integers() | st.none(), max_size=3))
def test_arguments_of_calls_stay_json(value: dict[str, object]) -> None:
    given_text = json.dumps(value)
    masked = mask_arguments(given_text)
    assert json.loads(masked).keys() == value.keys()
    assert mask_arguments(masked) == masked


def test_arguments_are_masked_inside_their_texts() -> None:
    call = {"function": {"name": "mail", "arguments": '{"to": "kim@naver.com", "n": 1}'}}
    row = {"messages": [{"role": "assistant", "tool_calls": [call]}]}
    changed = edit_of(Step(step="mask_private"))(row, CHAT)
    said = changed["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(said) == {"to": "[EMAIL]", "n": 1}


def test_blanks_of_prompts_have_a_meaning() -> None:
    assert not fits(STEPS[0].fix, COMPLETION)  # type: ignore[arg-type]
    assert fits(STEPS[0].fix, CHAT)  # type: ignore[arg-type]

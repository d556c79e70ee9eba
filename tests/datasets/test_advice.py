"""What is said of a set as a whole: each rule finds its set and its rows, and only those."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.catalogue import RULES_BY_ID
from app.datasets.labels import LabelCount
from app.datasets.pairs import LAST_END_MARKER, LAST_SEPARATOR, Pair, Pairs, count_cases
from app.datasets.rules import Fix
from tests.datasets.conftest import Check, Row, jsonl
from tests.datasets.set_cases import GOOD, MANY, MIXED, SET_CASES, SLIP, classified, pair, pairs


@pytest.mark.parametrize(("rule_id", "broken", "lines", "fine"), SET_CASES)
def test_a_set_breaks_its_rule(
    check: Check, rule_id: str, broken: list[Row], lines: list[int], fine: list[Row]
) -> None:
    checked = check(broken)
    assert checked.lines(rule_id) == lines
    assert checked.report.format in RULES_BY_ID[rule_id].formats
    assert rule_id not in check(fine).rule_ids


def test_good_pairs_need_no_advice_on_their_marks(check: Check) -> None:
    assert check(GOOD).rule_ids == {"few_examples"}


def test_a_separator_is_suggested_that_stands_nowhere(check: Check) -> None:
    rows = [pair(f"{name} \n\n###\n\n {name}", " x") for name in ("ash", "birch")]
    found = check([*rows, *GOOD]).finding("inconsistent_separator")
    assert found.params == {"separator": " ->"}


def test_marks_that_are_taken_are_not_suggested() -> None:
    found = Pairs()
    found.add(Pair(0, " -> \n\n###\n\n a", "\n . END *** +++ &&& $$$ @@@ a"))
    assert found.prompts.suggestion == "\n\n===\n\n"
    assert found.completions.suggestion == "%%%"
    found.add(Pair(1, "\n\n===\n\n---\n\n===>\n\n--->\n\n b", "%%% b"))
    assert found.prompts.suggestion == LAST_SEPARATOR
    assert found.completions.suggestion == LAST_END_MARKER


def test_an_arrow_is_no_separator_of_prompts_with_lines(check: Check) -> None:
    finding = check(pairs(prompt="Q:\n{}")).finding("missing_separator")
    assert finding.params == {"separator": "\n\n###\n\n"}
    assert "\\n\\n###\\n\\n" in finding.message
    assert RULES_BY_ID["missing_separator"].fix is Fix.SEPARATOR


def test_classes_need_no_end(check: Check) -> None:
    rows = [pair(f"review {n} ->", f" {'good' if n % 2 else 'bad'}") for n in range(40)]
    found = check(rows).rule_ids
    assert not found & {"missing_end_marker", "inconsistent_end_marker", "end_marker_inside"}


def test_free_writing_needs_neither_separator_nor_end(check: Check) -> None:
    found = check(pairs(prompt="", completion=" {}")).rule_ids
    assert "open_ended" in found
    assert not found & {"empty_prompt", "missing_separator", "missing_end_marker"}


def test_the_most_common_system_prompt_is_named(check: Check) -> None:
    finding = check(SLIP).finding("inconsistent_system_prompts")
    assert finding.params == {
        "with_count": 20, "most_count": 19, "most_line": 1, "different_count": 2,
    }  # fmt: skip
    assert check(MANY).finding("several_system_prompts").params["different_count"] == 4
    assert check(MIXED).finding("mixed_system_prompts").params == {
        "with_count": 18, "without_count": 2,
    }  # fmt: skip


def test_classes_below_a_hundred_are_named(check: Check) -> None:
    finding = check(classified({"ham": 100, "spam": 99, "eggs": 3})).finding(
        "few_examples_per_class"
    )
    assert finding.params == {"minimum": 100, "labels": "“spam”, “eggs”"}
    assert finding.count == 2


def test_tokens_of_labels_count_the_space_of_completions(check: Check) -> None:
    rows = [pair(f"mail {n} ->", f" {'ham' if n % 2 else 'unquestionably so'}") for n in range(20)]
    labels = {each.label: each.tokens for each in check(rows).report.labels}
    assert labels["ham"] == 1
    assert labels["unquestionably so"] > 1
    assert LabelCount("ham", 1, tokens=1) == LabelCount("ham", 1)


@pytest.mark.parametrize(
    ("text", "cases"),
    [("aB1", (1, 1, 3)), ("ÄÖü한글", (2, 1, 5)), ("", (0, 0, 0)), ("😀Ab", (1, 1, 3))],
)
def test_letters_are_counted_in_any_script(text: str, cases: tuple[int, int, int]) -> None:
    assert count_cases(text) == cases


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_what_is_common_is_common_and_the_longest(texts: list[tuple[str, str]]) -> None:
    found = Pairs()
    for row, (prompt, completion) in enumerate(texts):
        found.add(Pair(row, prompt, completion))
    full = [prompt for prompt, _ in texts if prompt.strip()]
    prefix, suffix = found.prompts.prefix, found.prompts.suffix
    assert all(text.startswith(prefix) and text.endswith(suffix) for text in full)
    assert all(found.prompts.suggestion not in text for text in full)
    if full:
        longer = {text[: len(prefix) + 1] for text in full}
        assert len(longer) > 1 or longer == {prefix}
    assert found.prompts.empty_count == len(texts) - len(full)


def test_rows_that_are_no_pairs_are_left_out(check: Check, tmp_path: Path) -> None:
    odd = b'{"prompt": 5, "completion": "x"}\n[1]\nnot json\n{"prompt": "x"}\n\n\xff\n'
    checked = check(jsonl(GOOD) + odd, format="completion")
    assert not checked.rule_ids & {"missing_separator", "missing_end_marker"}
    assert checked.report.lines == 18

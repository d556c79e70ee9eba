"""Answers are labels where they are few, short and repeated."""

from typing import Any

from app.datasets.labels import MAX_KEPT, LabelCount, LabelTable, balance
from tests.datasets.conftest import Check


def classify(text: str, answer: str) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    }


def test_label_balance_and_its_note(check: Check) -> None:
    rows = [classify(f"mail {n}", "spam" if n % 4 == 0 else " ham") for n in range(40)]
    checked = check(rows)
    assert checked.report.labels == (LabelCount("ham", 30), LabelCount("spam", 10))
    assert checked.index.rows_labelled("spam").tolist() == list(range(0, 40, 4))
    assert checked.index.rows_labelled("neither").tolist() == []
    assert "30 of 40" in checked.finding("imbalanced_answers").message


def test_even_labels_need_no_note(check: Check) -> None:
    checked = check([classify(f"mail {n}", "ab"[n % 2]) for n in range(40)])
    assert len(checked.report.labels) == 2
    assert "imbalanced_answers" not in checked.rule_ids


def test_free_answers_are_no_labels(check: Check) -> None:
    assert check([classify(f"q {n}", f"Answer {n}") for n in range(40)]).report.labels == ()
    assert check([classify(f"q {n}", "long " * 30) for n in range(40)]).report.labels == ()


def test_labels_of_completions_and_of_no_rows(check: Check) -> None:
    rows = [{"prompt": f"{n} ->", "completion": f" {n % 2}"} for n in range(20)]
    assert check(rows).report.labels == (LabelCount("0", 10), LabelCount("1", 10))
    assert check(b"").report.labels == ()


def test_the_table_stops_growing() -> None:
    table = LabelTable()
    numbers = [table.number(f"label {n}") for n in range(MAX_KEPT)]
    assert numbers == list(range(MAX_KEPT))
    assert table.number(None) == -1
    assert (len(table.labels), table.is_given_up) == (MAX_KEPT, False)


def test_too_many_different_answers_are_no_labels_at_all(check: Check) -> None:
    table = LabelTable()
    numbers = [table.number(f"label {n}") for n in range(MAX_KEPT + 1)]
    assert (numbers[-1], table.number("label 3")) == (-1, -1)
    assert (table.labels, table.is_given_up) == ([], True)
    checked = check([classify(f"q {n}", f"answer {n}") for n in range(MAX_KEPT + 5)])
    assert checked.index.header["labels"] == []
    assert set(checked.index.label.tolist()) == {-1}


def test_few_labelled_rows_make_no_balance() -> None:
    assert balance(["a", "b"], [5, 4], examples=100) == ()
    assert balance(["a", "b"], [50, 46], examples=100)[0] == LabelCount("a", 50)

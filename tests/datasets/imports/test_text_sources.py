"""Plain text with questions and answers."""

from pathlib import Path

import pytest

from app.datasets.imports.kinds import Confidence, SourceKind, TextLayout
from tests.datasets.imports.files import read_rows, read_values, recognise

PAIRS = [{"question": "one?", "answer": "first\nand more"}, {"question": "둘?", "answer": "second"}]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("Q: one?\nA: first\nand more\n\nQ: 둘?\nA: second\n", TextLayout.MARKED),
        ("질문: one?\n답변: first\nand more\n질문: 둘?\n답변: second", TextLayout.MARKED),
    ],
)
def test_marked_pairs(tmp_path: Path, text: str, layout: TextLayout) -> None:
    path = tmp_path / "faq.txt"
    path.write_text(text, "utf-8")
    found = recognise(path)
    assert (found.kind, found.text_layout) == (SourceKind.TEXT, layout)
    assert read_values(path) == PAIRS


def test_pairs_between_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text("one?\nfirst\n\ntwo?\nsecond\n\nthree?\nthird\n")
    assert recognise(path).text_layout is TextLayout.BLOCKS
    assert [row["answer"] for row in read_values(path)] == ["first", "second", "third"]


def test_lines_are_the_last_resort_and_other_layouts_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text("one\nfirst\ntwo\nsecond\nthree\n")
    found = recognise(path)
    assert (found.text_layout, found.confidence) == (TextLayout.LINES, Confidence.GUESS)
    rows = read_rows(path, text_layout="alternating", kind="text")
    assert rows[0].values == {"question": "one", "answer": "first"}
    assert rows[2].reason is not None


def test_a_question_without_answer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text("Q: a\nA: b\nQ: c\nQ: d\nA: e\n")
    rows = read_rows(path)
    assert [row.reason.id if row.reason else None for row in rows] == [None, "no_answer", None]
    assert [row.line for row in rows] == [1, 3, 4]

"""What rows say, and when they say the same."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.deep.texts import normalise, take_apart
from app.datasets.formats import DatasetFormat

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["messages", "prompt", "completion", "input", "tools", "role", "content", "text", "tool_calls"]
)
ROWS: Any = st.dictionaries(
    KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=3), max_size=5
)


@given(TEXTS)
def test_writing_does_not_matter(text: str) -> None:
    plain = normalise(text)
    assert normalise(plain) == plain
    assert normalise(unicodedata.normalize("NFD", text)) == plain
    assert normalise(f"  {text}\t\n") == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good App", "good  app\n"),
        ("ABC１２３", "abc123"),
        ("좋아요", unicodedata.normalize("NFD", "좋아요")),
        ("STRASSE", "straße"),
    ],
)
def test_known_twins(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_other_words_are_not_the_same() -> None:
    assert normalise("좋아요") != normalise("좋아용")


@given(ROWS, st.sampled_from(DatasetFormat))
def test_any_row_can_be_taken_apart(row: dict[str, Any], row_format: DatasetFormat) -> None:
    assert all(isinstance(piece, str) for piece in take_apart(row, row_format))


def test_a_conversation_has_frame_prompt_and_answer() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": "Hi"},
    ]
    pieces = take_apart({"messages": messages}, DatasetFormat.CHAT)
    assert (pieces.frame.strip(), pieces.prompt, pieces.answer) == ("Be brief.", "Hello", "Hi")
    asked = take_apart({"messages": messages[:2]}, DatasetFormat.REINFORCEMENT)
    assert (asked.prompt, asked.answer) == ("Hello", "")


def test_a_preference_compares_both_outputs() -> None:
    row = {
        "input": {"messages": [{"role": "user", "content": "Hello"}]},
        "preferred_output": [{"role": "assistant", "content": "Hi"}],
        "non_preferred_output": [{"role": "assistant", "content": "What"}],
    }
    pieces = take_apart(row, DatasetFormat.PREFERENCE)
    assert pieces.prompt == "Hello"
    assert "Hi" in pieces.answer
    assert "What" in pieces.answer

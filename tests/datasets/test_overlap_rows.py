"""Which rows of one file are known from another: the comparison itself, without a database."""

import json
import unicodedata
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.example_index import ExampleIndex
from app.datasets.overlap.comparing import (
    Compared,
    ComparisonCancelled,
    compare_groups,
    compare_texts,
    count_exact,
)
from app.datasets.overlap.grouping import group_at, list_paths
from app.datasets.overlap.keys import Side
from app.datasets.overlap.kinds import OF_TEXT, OverlapKind, name_rule, read_rule
from app.datasets.overlap.pairs_file import BrokenPairs, read_pairs, write_pairs
from app.datasets.validation import check_file

LONG = "배송이 정말 빨랐고 포장도 꼼꼼해서 마음에 들었습니다. 다음에도 여기서 주문하려고 합니다"
Row = dict[str, Any]
Open = Callable[[list[Any]], Side]


def chat(*texts: str, system: str = "", **extra: Any) -> Row:
    roles = ["user", "assistant"] * len(texts)
    messages = [{"role": role, "content": text} for role, text in zip(roles, texts, strict=False)]
    first = [{"role": "system", "content": system}] if system else []
    return {"messages": first + messages} | extra


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    return lambda rows: open_side(tmp_path, rows)


def open_side(folder: Path, rows: list[Any]) -> Side:
    """A checked version in memory; what is no JSON stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    content = "".join(f"{line}\n" for line in lines).encode()
    path = folder / "rows.jsonl"
    path.write_bytes(content)
    check_file(path, index_path=folder / "rows.index")
    return Side(BytesIO(content), ExampleIndex.open(folder / "rows.index"))


def go_on(_done: int, _total: int) -> bool:
    return True


def compare(version: Side, against: Side) -> Compared:
    return compare_texts(version, against, go_on)


def lines_of(compared: Compared) -> dict[str, list[tuple[int, int]]]:
    """For each kind that was found the lines of both versions, from 1."""
    return {
        kind.value: [
            (int(row) + 1, int(other) + 1)
            for row, other in zip(pairs.rows, pairs.partners, strict=True)
        ]
        for kind, pairs in compared.pairs.items()
        if len(pairs)
    }


TRAINING: list[Any] = [
    chat("Good app", "5"),
    chat("crashes", "1"),
    chat(LONG, "5"),
    "{oops",
    "",
    chat("Hello", "Hi!", "Where is my parcel?", "On its way.", system="You sell shoes."),
]
VALIDATION: list[Any] = [
    chat("something else entirely, which nobody has ever said", "3"),
    chat("good  APP", "5"),
    chat("crashes", "1"),
    chat(unicodedata.normalize("NFD", LONG + "!"), "5"),
    "{oops",
    chat("Hello", "Hi!", "Do you repair soles?", "We do, gladly.", system="You sell shoes."),
    chat("crashes", "2"),
    chat("Hello", "Hi!", "Do you repair soles?", "We do, gladly.", system="You sell hats."),
    chat("crashes", "1"),
]


def test_each_kind_is_found_with_its_rows(opened: Open) -> None:
    compared = compare(opened(VALIDATION), opened(TRAINING))
    assert lines_of(compared) == {
        "exact": [(3, 2), (9, 2)],
        "normalised": [(2, 1)],
        "near": [(4, 3)],
        "conversation": [(6, 6), (7, 2)],
    }
    assert compared.affected_count == 6
    assert (compared.compared_count, compared.different_count) == (7, 7)


def test_metadata_that_differs_leaves_the_text_the_same(opened: Open) -> None:
    one, other = chat("Good app", "5", id=1), chat("Good app", "5", id=2)
    assert lines_of(compare(opened([one]), opened([other]))) == {"normalised": [(1, 1)]}


@pytest.mark.parametrize(
    "make",
    [
        lambda said, end: {"prompt": said, "completion": end},
        lambda said, end: {
            "input": {"messages": [{"role": "user", "content": said}]},
            "preferred_output": [{"role": "assistant", "content": end}],
            "non_preferred_output": [{"role": "assistant", "content": "no"}],
        },
        chat,
    ],
)
def test_every_format_is_compared(opened: Open, make: Callable[[str, str], Row]) -> None:
    training = [make("How long is the Han river?", "494 km"), make(LONG, "5")]
    validation = [
        make("How long is the Han river?", "494 km"),
        make("HOW long is the Han river?", "494 km"),
        make("How long is the Han river?", "Rather long"),
        make(LONG + "~", "5"),
    ]
    assert lines_of(compare(opened(validation), opened(training))) == {
        "exact": [(1, 1)],
        "normalised": [(2, 1)],
        "near": [(4, 2)],
        "conversation": [(3, 1)],
    }


def test_rows_without_a_question_begin_like_no_other(opened: Open) -> None:
    ones = [{"prompt": "", "completion": text} for text in ("one", "two")]
    others = [{"prompt": "", "completion": text} for text in ("three", "four")]
    assert lines_of(compare(opened(ones), opened(others))) == {}


@pytest.mark.parametrize("rows", [[], [""], ["{oops"]])
def test_nothing_overlaps_with_nothing(opened: Open, rows: list[Any]) -> None:
    empty, some = opened(rows), opened(TRAINING)
    assert lines_of(compare(empty, some)) == lines_of(compare(some, empty)) == {}
    assert count_exact(empty.index, some.index) == count_exact(some.index, empty.index) == 0


def test_thousands_that_are_all_alike_are_found(opened: Open) -> None:
    validation = [chat(f"{LONG} {number}", "5") for number in range(1_200)]
    compared = compare(opened(validation), opened([chat(LONG, "5")] * 5))
    assert len(compared.pairs[OverlapKind.NEAR]) >= 1_000
    assert set(compared.pairs[OverlapKind.NEAR].partners.tolist()) <= {0, 1}


def test_it_ends_when_it_is_told_to(opened: Open) -> None:
    with pytest.raises(ComparisonCancelled):
        compare_texts(opened(VALIDATION), opened(TRAINING), lambda *_: False)
    with pytest.raises(ComparisonCancelled):
        compare_groups(opened(VALIDATION), opened(TRAINING), "id", lambda done, _: done < 5)


def test_progress_goes_from_nothing_to_all_rows(opened: Open) -> None:
    told: list[tuple[int, int]] = []
    side = opened([chat(f"{number}", "a") for number in range(1_500)])
    compare_texts(side, opened(TRAINING), lambda *step: not told.append(step))  # type: ignore[func-returns-value]
    assert told == [(0, 1504), (1000, 1504), (1500, 1504)]


WORDS = st.sampled_from(
    [
        "Good app",
        "good  app",
        "GOOD APP",
        "crashes",
        "좋아요",
        unicodedata.normalize("NFD", "좋아요"),
        LONG,
        LONG + "!",
    ]
)
ROWS = st.lists(st.builds(chat, WORDS, st.sampled_from(["5", "1"])), max_size=8)


def loose(compared: Compared) -> set[int]:
    return set(compared.pairs[OverlapKind.EXACT].rows.tolist()) | set(
        compared.pairs[OverlapKind.NORMALISED].rows.tolist()
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS)
def test_what_is_more_alike_is_counted_there_alone(
    tmp_path: Path, one: list[Row], other: list[Row]
) -> None:
    left, right = open_side(tmp_path, one), open_side(tmp_path, other)
    compared = compare(left, right)
    rows = {kind: set(compared.pairs[kind].rows.tolist()) for kind in OF_TEXT}
    exact, same, near, begun = (rows[kind] for kind in OF_TEXT)
    assert exact == {place for place, row in enumerate(one) if row in other}
    assert count_exact(left.index, right.index) == len(exact)
    assert not exact & same
    assert not (exact | same) & (near | begun)
    assert compared.affected_count == len(exact | same | near | begun)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS, st.integers(0, 99))
def test_it_works_in_both_directions_and_in_any_order(
    tmp_path: Path, one: list[Row], other: list[Row], seed: int
) -> None:
    there = compare(open_side(tmp_path, one), open_side(tmp_path, other))
    back = compare(open_side(tmp_path, other), open_side(tmp_path, one))
    assert bool(there.affected_count) == bool(back.affected_count)
    shuffled = Random(seed).sample(other, len(other))
    again = compare(open_side(tmp_path, one), open_side(tmp_path, shuffled))
    for kind in OF_TEXT:
        assert there.pairs[kind].rows.tolist() == again.pairs[kind].rows.tolist()


@given(ROWS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_version_overlaps_wholly_with_itself(tmp_path: Path, rows: list[Row]) -> None:
    side = open_side(tmp_path, rows)
    compared = compare(side, side)
    assert compared.pairs[OverlapKind.EXACT].rows.tolist() == list(range(len(rows)))
    assert compared.affected_count == len(rows)


def test_groups_leak_by_their_key(opened: Open) -> None:
    def row(user: Any, text: str) -> Row:
        return chat(text, "5", metadata={"user_id": user})

    training = opened([row(7, "a"), row("kim", "b"), chat("no key", "5")])
    validation = opened(
        [row("7", "c"), row("lee", "d"), row(" kim ", "e"), row("", "f"), row(7, "g")]
    )
    compared = compare_groups(validation, training, "metadata.user_id", go_on)
    assert lines_of(compared) == {"group": [(1, 1), (3, 2), (5, 1)]}
    assert lines_of(compare_groups(validation, training, "metadata", go_on)) == {}


def test_keys_that_occur_are_offered(opened: Open) -> None:
    rows = [
        chat("a", "5", metadata={"user_id": number, "tags": ["x"]}) | {"a.b": 1}
        for number in range(3)
    ]
    side = opened([*rows, "{oops", chat("b", "5", session="s")])
    assert list_paths(side.stream, side.index) == ["a.b", "metadata.user_id", "session"]


@pytest.mark.parametrize(
    ("row", "path", "group"),
    [
        ({"a": {"b": 1}}, "a.b", "1"),
        ({"a.b": 2}, "a.b", "2"),
        ({"a": {"b.c": "x"}}, "a.b.c", "x"),
        ({"a": {"b": {"c": True}}}, "a.b.c", "true"),
        ({"a": {"b": 1}}, "a", None),
        ({"a": None}, "a", None),
        ({"a": " \n"}, "a", None),
        ({"a": [1]}, "a", None),
        ({"a": 1}, "a.b", None),
        ([], "a", None),
        ({"a": "사용자"}, "a", "사용자"),
    ],
)
def test_a_group_is_a_value_at_a_path(row: Any, path: str, group: str | None) -> None:
    assert group_at(row, path) == group


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
    ),
    st.text(max_size=6),
)
def test_any_path_into_any_row_is_answered(row: Any, path: str) -> None:
    group = group_at(row, path)
    assert group is None or group.strip() == group != ""


def test_pairs_are_kept_in_a_file(opened: Open, tmp_path: Path) -> None:
    compared = compare(opened(VALIDATION), opened(TRAINING))
    write_pairs(tmp_path / "pairs", compared.pairs)
    for kind in OF_TEXT:
        back = read_pairs(tmp_path / "pairs", kind)
        assert back.rows.tolist() == compared.pairs[kind].rows.tolist()
        assert back.partners.tolist() == compared.pairs[kind].partners.tolist()
    assert len(read_pairs(tmp_path / "pairs", OverlapKind.GROUP)) == 0
    write_pairs(tmp_path / "pairs", {})
    assert len(read_pairs(tmp_path / "pairs", OverlapKind.EXACT)) == 0


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_a_cut_file_is_known_as_one(opened: Open, tmp_path: Path, length: int) -> None:
    path = tmp_path / "pairs"
    write_pairs(path, compare(opened(VALIDATION), opened(TRAINING)).pairs)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BrokenPairs):
        read_pairs(path, OverlapKind.EXACT)


def test_rules_are_named_and_read() -> None:
    assert read_rule(name_rule(OverlapKind.GROUP, "metadata.user_id")) == (
        OverlapKind.GROUP,
        "metadata.user_id",
    )
    assert read_rule(name_rule(OverlapKind.NEAR)) == (OverlapKind.NEAR, "")
    assert [read_rule(word) for word in ("group", "group:", "other", "")] == [None] * 4

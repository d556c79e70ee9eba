"""What is written into the index comes out again, whatever the number of rows and rules."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.example_index import COLUMNS, BrokenIndex, ExampleIndex
from app.datasets.index_writer import IndexWriter

RULES = [f"rule_{number}" for number in range(150)]
Broken = st.dictionaries(st.integers(0, 40), st.sets(st.integers(0, 149), min_size=1), max_size=10)


def columns(count: int, start: int = 0) -> dict[str, Any]:
    return {name: np.arange(start, start + count) % 100 for name in COLUMNS}


def bits(rules: set[int]) -> int:
    return sum(1 << rule for rule in rules)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=st.lists(st.integers(1, 50), max_size=4), broken=Broken)
def test_round_trip(tmp_path: Path, parts: list[int], broken: dict[int, set[int]]) -> None:
    path, total = tmp_path / "index", sum(parts)
    expected: dict[int, set[int]] = {}
    with IndexWriter(path, RULES) as writer:
        for part in parts:
            here = {row: rules for row, rules in broken.items() if row < part}
            expected |= {writer.rows + row: rules for row, rules in here.items()}
            chunk = columns(part, writer.rows)
            writer.append(chunk, {row: bits(rules) for row, rules in here.items()})
        writer.finish({"labels": ["a", "b"], "note": "x"})
    index = ExampleIndex.open(path)
    assert (len(index), index.header["note"]) == (total, "x")
    for name in COLUMNS:
        assert index.column(name).tolist() == (np.arange(total) % 100).tolist()
    for number, rule in enumerate(RULES):
        rows = sorted(row for row, rules in expected.items() if number in rules)
        assert index.rows_with(rule).tolist() == rows
        assert index.rule_counts().get(rule, 0) == len(rows)
        assert all(index.breaks(row, rule) for row in rows)
    assert index.rows_labelled("b").tolist() == [row for row in range(total) if row % 100 == 1]


def test_rules_are_added_to_rows_that_are_written(tmp_path: Path) -> None:
    with IndexWriter(tmp_path / "index", RULES) as writer:
        writer.append(columns(5), {3: 1})
        writer.mark(np.array([1, 3]), "rule_120")
        writer.mark(np.array([], np.int64), "rule_1")
        assert [(at, list(part)) for at, part in writer.parts("tokens")] == [(0, [0, 1, 2, 3, 4])]
        writer.append(columns(2), {})
        writer.finish({"labels": []})
    index = ExampleIndex.open(tmp_path / "index")
    assert index.rows_with("rule_120").tolist() == [1, 3]
    assert index.rows_with("rule_0").tolist() == [3]
    assert index.rule_counts() == {"rule_0": 1, "rule_120": 2}


def test_a_rule_the_index_does_not_know_is_broken_by_nothing(tmp_path: Path) -> None:
    with IndexWriter(tmp_path / "index", RULES) as writer:
        writer.append(columns(2), {})
        writer.finish({"labels": []})
    index = ExampleIndex.open(tmp_path / "index")
    assert index.rows_with("later").tolist() == []
    assert not index.breaks(0, "later")


def write_half(path: Path) -> None:
    with IndexWriter(path, RULES) as writer:
        writer.append(columns(9), {})
        raise OSError("disk")


def test_an_index_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "index"
    with pytest.raises(OSError, match="disk"):
        write_half(path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        ExampleIndex.open(path)


@pytest.mark.parametrize("keep", [0, 4, 10, 200, 3000])
def test_a_cut_index_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "index"
    with IndexWriter(path, RULES) as writer:
        writer.append(columns(99), {})
        writer.finish({"labels": []})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BrokenIndex):
        ExampleIndex.open(path)
    path.write_bytes(b"something else entirely, but long enough" * 9)
    with pytest.raises(BrokenIndex):
        ExampleIndex.open(path)

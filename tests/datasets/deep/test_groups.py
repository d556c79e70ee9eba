"""Grouping rows by keys, and keeping the groups in a file."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.deep.groups import Groups, group_equal
from app.datasets.deep.groups_file import BrokenGroups, read_groups, write_groups

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=40)


def grouped(pairs: list[tuple[int, int]], *, with_details: bool) -> list[list[int]]:
    keys = np.array([key for key, _ in pairs], np.uint64)
    details = np.array([detail for _, detail in pairs], np.uint64)
    rows = 10 + 3 * np.arange(len(pairs), dtype=np.int64)
    groups = group_equal(keys, rows, details if with_details else None)
    return [groups.group(number).tolist() for number in range(len(groups))]


def expected(pairs: list[tuple[int, int]], *, with_details: bool) -> list[list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    details: defaultdict[int, set[int]] = defaultdict(set)
    for place, (key, detail) in enumerate(pairs):
        found[key].append(10 + 3 * place)
        details[key].add(detail)
    chosen = [
        rows
        for key, rows in found.items()
        if len(rows) > 1 and (not with_details or len(details[key]) > 1)
    ]
    return sorted(chosen, key=lambda rows: (-len(rows), rows[0]))


@given(PAIRS, st.booleans())
def test_groups_are_as_counted_by_hand(pairs: list[tuple[int, int]], with_details: bool) -> None:
    found = grouped(pairs, with_details=with_details)
    assert found == expected(pairs, with_details=with_details)


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    some = group_equal(np.array([1, 2, 1, 2, 2], np.uint64), np.arange(5))
    none = group_equal(np.empty(0, np.uint64), np.empty(0, np.int64))
    write_groups(tmp_path / "groups", {"none": none, "some": some})
    back = read_groups(tmp_path / "groups", "some")
    assert [back.group(number).tolist() for number in range(len(back))] == [[1, 3, 4], [0, 2]]
    assert len(read_groups(tmp_path / "groups", "none")) == 0
    with pytest.raises(KeyError):
        read_groups(tmp_path / "groups", "other")


@pytest.mark.parametrize("length", [0, 3, 8, 15, 20, -1])
def test_a_cut_file_is_known_as_one(tmp_path: Path, length: int) -> None:
    path = tmp_path / "groups"
    write_groups(path, {"some": Groups(np.arange(4), np.array([0, 4]))})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BrokenGroups):
        read_groups(path, "some")

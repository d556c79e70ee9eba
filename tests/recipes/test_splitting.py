"""Splitting by ratio and seed, as a pure function."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.recipes.splitting import choose_training

hashes = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=200)
percents = st.integers(1, 99)
seeds = st.integers(0, 2**31 - 1)


@given(hashes, percents, seeds)
def test_it_is_the_same_every_time(values: list[int], percent: int, seed: int) -> None:
    given_hashes = np.array(values, np.uint64)
    first = choose_training(given_hashes, percent, seed)
    assert np.array_equal(first, choose_training(given_hashes.copy(), percent, seed))


@given(hashes, percents, seeds)
def test_what_repeats_stays_on_one_side(values: list[int], percent: int, seed: int) -> None:
    doubled = np.array(values * 2, np.uint64)
    chosen = choose_training(doubled, percent, seed)
    sides: dict[int, bool] = {}
    for value, side in zip(doubled.tolist(), chosen.tolist(), strict=True):
        assert sides.setdefault(value, side) == side


@given(hashes, percents, seeds)
def test_an_example_stays_where_it_is_when_rows_change_places(
    values: list[int], percent: int, seed: int
) -> None:
    given_hashes = np.array(values, np.uint64)
    chosen = choose_training(given_hashes, percent, seed)
    assert np.array_equal(chosen[::-1], choose_training(given_hashes[::-1], percent, seed))


@given(st.integers(1, 400), percents, seeds)
def test_the_share_is_exact_where_nothing_repeats(count: int, percent: int, seed: int) -> None:
    chosen = choose_training(np.arange(count, dtype=np.uint64), percent, seed)
    assert int(chosen.sum()) == round(count * percent / 100)


def test_another_seed_makes_other_parts() -> None:
    rows = np.arange(1_000, dtype=np.uint64)
    parts = [choose_training(rows, 50, seed) for seed in range(5)]
    assert all(not np.array_equal(parts[0], part) for part in parts[1:])
    overlap = int((parts[0] & parts[1]).sum())
    assert 200 < overlap < 300


def test_parts_are_the_same_on_every_machine() -> None:
    chosen = choose_training(np.arange(12, dtype=np.uint64), 75, 42)
    assert np.flatnonzero(~chosen).tolist() == [3, 8, 9]

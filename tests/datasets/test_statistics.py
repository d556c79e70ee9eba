"""Figures equal NumPy's, as the tutorials print them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.datasets.statistics import HISTOGRAM_BINS, Distribution, Histogram, Tally

Numbers = st.lists(st.integers(0, 70_000), min_size=1, max_size=200)


def tally(values: list[int], size: int = 7) -> Tally:
    column = np.array(values, np.uint32)
    return Tally.of(column[at : at + size] for at in range(0, len(column), size))


@given(values=Numbers)
def test_a_distribution_is_numpys_to_the_last_bit(values: list[int]) -> None:
    assert Distribution.of(tally(values)) == Distribution(
        min=min(values),
        max=max(values),
        mean=float(np.mean(values)),
        median=float(np.median(values)),
        p10=float(np.quantile(values, 0.1)),
        p90=float(np.quantile(values, 0.9)),
    )


@given(values=Numbers, limit=st.integers(0, 70_000))
def test_sums_stop_at_a_limit(values: list[int], limit: int) -> None:
    counted = tally(values)
    assert counted.size == len(values)
    assert counted.total == counted.sum_up_to(None) == sum(values)
    assert counted.sum_up_to(limit) == sum(min(value, limit) for value in values)
    assert counted.count_over(limit) == sum(value > limit for value in values)
    assert counted.count_over(None) == 0


@given(values=Numbers)
def test_a_histogram_holds_every_value_once(values: list[int]) -> None:
    histogram = Histogram.of(tally(values))
    assert sum(histogram.counts) == len(values)
    assert 1 <= len(histogram.counts) <= HISTOGRAM_BINS + 1
    for number, count in enumerate(histogram.counts):
        low = histogram.start + number * histogram.width
        assert count == sum(low <= value < low + histogram.width for value in values)


@pytest.mark.parametrize("parts", [[], [np.empty(0, np.uint32)]])
def test_nothing_is_described_by_zeros(parts: list[NDArray[Any]]) -> None:
    nothing = Tally.of(parts)
    assert Distribution.of(nothing) == Distribution()
    assert Histogram.of(nothing).counts == ()
    assert nothing.total == 0

"""Charts of a report: bars have a sane width however few there are."""

import json

import pytest

from app.datasets.figures import FEWEST_LABELS, FEWEST_PLACES, draw_histogram, draw_labels
from app.datasets.labels import LabelCount
from app.datasets.statistics import Histogram


def test_a_single_value_is_one_slim_bar_at_a_whole_number() -> None:
    axis = json.loads(draw_histogram("key", Histogram(8, 1, (12,)), "Tokens"))["layout"]["xaxis"]
    left, right = axis["range"]
    assert right - left == FEWEST_PLACES
    assert left < 8 < right
    assert axis["dtick"] == 1


@pytest.mark.parametrize("count", [1, 2, FEWEST_LABELS, 9])
def test_bars_of_few_labels_stay_slim_and_in_the_middle(count: int) -> None:
    labels = [LabelCount(str(number), 10) for number in range(count)]
    left, right = json.loads(draw_labels("key", labels))["layout"]["xaxis"]["range"]
    assert right - left == max(count, FEWEST_LABELS)
    assert left + right == count - 1


def test_bars_lead_to_their_examples() -> None:
    drawn = json.loads(
        draw_histogram("key", Histogram(10, 5, (3, 1)), "Tokens", link="2/e?tokens=")
    )
    assert drawn["data"][0]["customdata"] == ["2/e?tokens=10-14", "2/e?tokens=15-19"]
    labels = [LabelCount("a b", 4), LabelCount("/x?&", 2)]
    drawn = json.loads(draw_labels("key", labels, link="2/e?label="))
    assert drawn["data"][0]["customdata"] == ["2/e?label=a%20b", "2/e?label=%2Fx%3F%26"]
    assert "customdata" not in json.loads(draw_labels("key", labels))["data"][0]

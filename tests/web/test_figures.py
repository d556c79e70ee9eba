"""Figures carry tokens instead of colours, arrays instead of lists, and no template."""

import json
from typing import Any

import numpy as np
import pytest

from app.web import figures


def layout_of(text: str) -> dict[str, Any]:
    layout: dict[str, Any] = json.loads(text)["layout"]
    return layout


def test_a_curve_is_packed_and_named_by_token() -> None:
    figure = figures.new_figure(key="job-7", units=[figures.Unit("step", "step")])
    figures.add_line(
        figure, "training", np.arange(4), np.array([1.0, 0.5, np.nan, 0.2]), smoothing=0.6
    )
    text = figures.to_json(figure)
    trace = json.loads(text)["data"][0]
    assert trace["y"]["dtype"] == "f8"
    assert trace["meta"] == {"smoothing": 0.6}
    assert "var(--series-1)" in text
    assert "#" not in text
    assert len(text) < 2500


def test_zoom_survives_while_the_key_stays() -> None:
    layout = layout_of(figures.to_json(figures.new_figure(key="job-7-loss")))
    assert layout["uirevision"] == "job-7-loss"
    assert not layout.get("template")


def test_series_start_again_after_ten() -> None:
    assert figures.series_colour(1) == figures.series_colour(11)
    assert figures.series_colour(10) == "var(--series-10)"


def test_boundaries_and_levels_are_drawn_with_their_labels() -> None:
    figure = figures.new_figure(key="x")
    figures.add_boundaries(figure, [20, 40], ["epoch 1", "epoch 2"])
    figures.add_level(figure, 0.41, "majority")
    layout = layout_of(figures.to_json(figure))
    assert len(layout["shapes"]) == 3
    assert {note["text"] for note in layout["annotations"]} == {"epoch 1", "epoch 2", "majority"}


def test_thinned_figures_say_so_and_keep_their_units() -> None:
    figure = figures.new_figure(key="x", units=[figures.Unit("step", "step")])
    figures.mark_thinned(figure)
    assert layout_of(figures.to_json(figure))["meta"] == {
        "units": [{"id": "step", "label": "step", "factor": 1.0}],
        "thinned": True,
    }


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([], ""),
        ([1.0], ""),
        ([2.0, 2.0], "1.0,2.0 83.0,2.0"),
        ([0.0, 10.0], "1.0,20.0 83.0,2.0"),
    ],
)
def test_sparklines(values: list[float], points: str) -> None:
    assert figures.sparkline_points(values) == points

"""What the browser does to a figure before drawing it: pure functions, tried where they live."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from app.core.config import resource_dir

pytestmark = pytest.mark.browser

SOURCE = resource_dir("static") / "js" / "figure-data.js"
FigureData = Callable[[str], Any]


@pytest.fixture
def figure_data(page: Page) -> FigureData:
    """Evaluates an expression in which `data` is the module."""

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(path=SOURCE, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("http://figures.test/**", answer)
    page.goto("http://figures.test/")
    module = "import('/figure-data.js')"
    return lambda expression: page.evaluate(f"{module}.then(data => {expression})")


def test_smoothing_is_a_moving_average_without_the_pull_of_its_start(
    figure_data: FigureData,
) -> None:
    assert figure_data("data.smooth([5, 5, 5], 0.9)") == pytest.approx([5, 5, 5])
    assert figure_data("data.smooth([0, 1], 0.5)") == pytest.approx([0, 2 / 3])
    assert figure_data("data.smooth([1, null, 1], 0.5)") == [1, None, 1]


def test_short_curves_are_left_as_measured(figure_data: FigureData) -> None:
    trace = "({meta: {smoothing: 0.6}, y: Array(%d).fill(1)})"
    assert figure_data(f"data.isSmoothed({trace % 29}, 0.6)") is False
    assert figure_data(f"data.isSmoothed({trace % 30}, 0.6)") is True
    assert figure_data(f"data.isSmoothed({trace % 30}, 0)") is False


def test_a_far_point_is_left_out_of_the_view_and_counted(figure_data: FigureData) -> None:
    spiked = "[{y: [...Array(200).keys()].map(step => step === 50 ? 400 : 1 + step / 200)}]"
    found = figure_data(f"data.crop({spiked})")
    assert found["outside"] == 1
    assert found["range"][1] < 3
    assert figure_data("data.crop([{y: [...Array(200).keys()]}])") is None


def test_csv_cells_cannot_become_formulas(figure_data: FigureData) -> None:
    csv = figure_data("data.toCsv({data: [{name: '=1+1', x: [1], y: [0.5]}]})")
    assert csv.splitlines() == ["series,x,y", '"\'=1+1",1,0.5']


def test_packed_numbers_are_unpacked_and_gaps_stay(figure_data: FigureData) -> None:
    packed = base64.b64encode(np.array([0.5, np.nan, 2.0]).tobytes()).decode()
    text = json.dumps({"y": {"dtype": "f8", "bdata": packed}})
    unpacked = figure_data(f"data.parseFigure({text!r}).y.map(y => Number.isNaN(y) ? 'gap' : y)")
    assert unpacked == [0.5, "gap", 2.0]


def test_smoothed_curves_are_drawn_over_the_faint_raw_one(figure_data: FigureData) -> None:
    trace = "{name: 'training', meta: {smoothing: 0.6}, x: Array(40).fill(1), y: Array(40).fill(1)}"
    figure = f"{{data: [{trace}], layout: {{uirevision: 'job'}}}}"
    drawn = figure_data(f"data.arrange({figure}, {{words: 'smoothed {{weight}}'}}).data")
    assert [line["name"] for line in drawn] == ["training", "training, smoothed 0.60"]
    assert drawn[0]["opacity"] == 0.35
    assert [line["line"]["width"] for line in drawn] == [1.2, 2.2]


def test_another_unit_moves_points_and_boundaries_together(figure_data: FigureData) -> None:
    units = "[{id: 'step', factor: 1}, {id: 'epoch', factor: 0.1}]"
    shapes = "[{x0: 10, x1: 10}, {x0: 0, x1: 1, xref: 'x domain'}]"
    notes = "[{x: 10, xref: 'x'}]"
    layout = (
        f"{{uirevision: 'job', meta: {{units: {units}}}, shapes: {shapes}, annotations: {notes}}}"
    )
    figure = f"{{data: [{{x: [10, 20], y: [1, 2]}}], layout: {layout}}}"
    arranged = figure_data(f"data.arrange({figure}, {{unit: 'epoch'}})")
    assert arranged["data"][0]["x"] == [1, 2]
    assert [shape["x1"] for shape in arranged["layout"]["shapes"]] == [1, 1]
    assert arranged["layout"]["annotations"][0]["x"] == 1
    assert arranged["layout"]["uirevision"] != "job"


@pytest.mark.parametrize(
    ("width", "shown"),
    [(1000, [1, 2, 3, 4]), (200, [2, 4]), (100, [3]), ("undefined", [1, 2, 3, 4])],
)
def test_labels_of_epochs_leave_each_other_room(
    figure_data: FigureData, width: object, shown: list[int]
) -> None:
    notes = "[1, 2, 3, 4].map(x => ({x, xref: 'x'})).concat({y: 1, xref: 'paper'})"
    figure = f"{{data: [], layout: {{annotations: {notes}}}}}"
    arranged = figure_data(f"data.arrange({figure}, {{width: {width}}})")
    *across, level = arranged["layout"]["annotations"]
    assert [note["x"] for note in across] == shown
    assert level == {"y": 1, "xref": "paper"}


def test_tokens_become_colours_everywhere(figure_data: FigureData) -> None:
    figure = "{line: {color: 'var(--series-1)'}, names: ['a', 'var(--ink)'], y: [1, 2], gap: null}"
    painted = figure_data(f"data.colour({figure}, token => token.slice(2))")
    assert painted == {
        "line": {"color": "series-1"},
        "names": ["a", "ink"],
        "y": [1, 2],
        "gap": None,
    }

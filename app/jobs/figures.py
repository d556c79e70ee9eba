"""Figures of a job: its curves, the ends of its epochs, its checkpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from app.jobs.charts import TRAIN_SMOOTHING, Chart, Curve, Part
from app.jobs.curves import Series
from app.web.figures import (
    Unit,
    add_boundaries,
    add_line,
    add_points,
    mark_thinned,
    new_figure,
    to_json,
)
from app.web.language import gettext as _

MOST_POINTS = 2000
MOST_POINTS_DRAWN = 900
MEANS = 250
MOST_BOUNDARIES = 12
BEHIND = {"opacity": 0.3, "line_width": 1.2, "hoverinfo": "skip", "hovertemplate": None}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the curves. `n_epochs` and `total_steps` are None while not known."""

    job_id: int
    n_epochs: float | None
    total_steps: int | None
    checkpoint_steps: Sequence[int]

    @property
    def epochs_per_step(self) -> float | None:
        if not self.n_epochs or not self.total_steps:
            return None
        return self.n_epochs / self.total_steps


def chart_id(job_id: int, chart: Chart) -> str:
    return f"job-{job_id}-{chart.name}"


def list_units(frame: Frame) -> list[Unit]:
    units = [Unit("step", _("step"))]
    if frame.epochs_per_step is not None:
        units.append(Unit("epoch", _("epoch"), frame.epochs_per_step))
    return units


def figure_json(
    chart: Chart,
    curves: Mapping[str, Series],
    frame: Frame,
    first: float | None = None,
    last: float | None = None,
) -> str:
    return to_json(build_figure(chart, curves, frame, first, last))


def build_figure(
    chart: Chart,
    curves: Mapping[str, Series],
    frame: Frame,
    first: float | None = None,
    last: float | None = None,
) -> go.Figure:
    """First the chart's curves, then the means of dense ones: live points name traces by place."""
    figure = new_figure(key=chart_id(frame.job_id, chart), units=list_units(frame))
    within = {name: curves[name].between(first, last) for name in chart.metrics}
    dense = dense_curves(chart, curves)
    most = MOST_POINTS // max(1, len(dense)) - MEANS
    for curve in chart.curves:
        _add_curve(figure, curve, within[curve.metric].thinned(most), is_dense=curve in dense)
    for curve in dense:
        _add_curve(figure, curve, within[curve.metric].averaged(MEANS))
    _add_epochs(figure, frame)
    _add_checkpoints(figure, chart, curves, frame)
    if dense:
        mark_thinned(figure)
    return figure


def dense_curves(chart: Chart, curves: Mapping[str, Series]) -> list[Curve]:
    """Too many points to draw each: their extremes stand behind a line of means."""
    lines = [curve for curve in chart.curves if curve.part is not Part.FULL_VALID]
    return [curve for curve in lines if len(curves[curve.metric]) > MOST_POINTS_DRAWN]


def _add_curve(figure: go.Figure, curve: Curve, series: Series, *, is_dense: bool = False) -> None:
    name, x, y = _(curve.part.label), series.steps, series.values
    if curve.part is Part.FULL_VALID:
        add_points(figure, name, x, y, series=3, symbol="circle")
    elif is_dense:
        add_line(figure, "", x, y, series=int(curve.part))
        figure.data[-1].update(BEHIND)
    elif curve.part is Part.VALID:
        add_line(figure, name, x, y, series=2, dash="dash")
    else:
        add_line(figure, name, x, y, smoothing=TRAIN_SMOOTHING)


def _add_epochs(figure: go.Figure, frame: Frame) -> None:
    """The ends of epochs; of many only some, so that their labels have room."""
    share = frame.epochs_per_step
    if share is None or frame.n_epochs is None:
        return
    count = int(frame.n_epochs)
    every = -(-count // MOST_BOUNDARIES)
    ends = list(range(every, count + 1, every))
    labels = [_("epoch {n}").format(n=number) for number in ends]
    add_boundaries(figure, [number / share for number in ends], labels)


def _add_checkpoints(
    figure: go.Figure, chart: Chart, curves: Mapping[str, Series], frame: Frame
) -> None:
    """Diamonds on the validation curve, else on the training curve."""
    wanted = [chart.metric_of(part) for part in (Part.VALID, Part.FULL_VALID, Part.TRAIN)]
    known = [curves[metric] for metric in wanted if metric is not None]
    points = {
        step: value for step in frame.checkpoint_steps if (value := _first(known, step)) is not None
    }
    if points:
        add_points(figure, _("checkpoint"), list(points), list(points.values()), series=4)


def _first(curves: Sequence[Series], step: int) -> float | None:
    return next((value for series in curves if (value := series.at(step)) is not None), None)

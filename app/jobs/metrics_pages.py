"""The tab of metrics: a chart per measure, the sentence it proves, the same as a table."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.db import Database
from app.core.errors import NotFound
from app.jobs.captions import RULE, caption_of, table_steps
from app.jobs.charts import TRAIN_SMOOTHING, Chart, Part, arrange_charts
from app.jobs.curves import Series, curves_of
from app.jobs.event_log import EventQuery, EventRow, list_event_rows
from app.jobs.figures import Frame, chart_id, dense_curves, figure_json, list_units
from app.jobs.metrics import list_metric_names
from app.jobs.models import Checkpoint
from app.jobs.pages import say
from app.jobs.service import list_checkpoints
from app.jobs.summary import JobSummary, summarize_job
from app.web.language import gettext

MOST_ROWS = 40
FIRST_CHARTS = 8
LATEST_EVENTS = 7
ACCURACY_NAMES = (
    "full_valid_mean_token_accuracy",
    "valid_mean_token_accuracy",
    "train_mean_token_accuracy",
)


@dataclass(frozen=True, slots=True)
class ChartView:
    """`rule` is how the caption judges, empty where it does not."""

    id: str
    title: str
    source: str
    caption: str
    rule: str
    is_loss: bool
    smoothing: float | None
    units: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[float | None]]]
    is_sampled: bool


@dataclass(frozen=True, slots=True)
class CheckpointView:
    checkpoint: Checkpoint
    epoch: float | None
    train_loss: float | None
    valid_loss: float | None
    full_valid_loss: float | None
    accuracy: float | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class JobCurves:
    """All that charts of a job are made of, read as far as it is asked for."""

    db: Database
    session: Session
    summary: JobSummary
    charts: Sequence[Chart]
    frame: Frame

    def read(self, chart: Chart) -> dict[str, Series]:
        store, stamp = curves_of(self.db), self.summary.stamp
        return store.read(self.session, self.summary.id, stamp, chart.metrics)

    def find(self, name: str) -> Chart:
        chart = next((chart for chart in self.charts if chart.name == name), None)
        if chart is None:
            raise NotFound("This job has no such chart.")
        return chart

    def shape_of(self, chart: Chart) -> str:
        """Changes when the figure has to be drawn anew instead of going on."""
        stamp = self.summary.stamp
        dense = dense_curves(chart, self.read(chart))
        parts = (chart.metrics, dense, self.frame, stamp.is_finished, stamp.is_read)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class MetricsTab:
    """`more` counts charts that are left out until they are asked for."""

    curves: JobCurves
    charts: Sequence[ChartView]
    more: int
    checkpoints: Sequence[CheckpointView]
    events: Sequence[EventRow]


def open_curves(db: Database, session: Session, summary: JobSummary) -> JobCurves:
    checkpoints = list_checkpoints(session, summary.id) if summary.checkpoint_count else []
    frame = Frame(
        job_id=summary.id,
        n_epochs=summary.n_epochs,
        total_steps=summary.job.total_steps,
        checkpoint_steps=sorted({each.step for each in checkpoints if each.step is not None}),
    )
    charts = arrange_charts(list_metric_names(session, summary.id))
    return JobCurves(db, session, summary, charts, frame)


@dataclass(frozen=True, slots=True)
class ChartFigure:
    """A chart that can be drawn; `version` changes when what is drawn does."""

    curves: JobCurves
    chart: Chart

    @property
    def version(self) -> str:
        """Made without reading a point: it decides whether any has to be read."""
        parts = (self.chart, self.curves.frame, self.curves.summary.stamp)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def draw(self, first: float | None, last: float | None) -> str:
        series = self.curves.read(self.chart)
        return figure_json(self.chart, series, self.curves.frame, first, last)


def find_figure(db: Database, session: Session, job_id: int, name: str) -> ChartFigure:
    curves = open_curves(db, session, summarize_job(session, job_id))
    return ChartFigure(curves, curves.find(name))


def view_metrics(
    db: Database, session: Session, summary: JobSummary, *, every_chart: bool = False
) -> MetricsTab:
    curves = open_curves(db, session, summary)
    drawn = [chart for chart in curves.charts if chart.curves]
    shown = drawn if every_chart else drawn[:FIRST_CHARTS]
    latest = list_event_rows(session, summary.id, EventQuery(each=True), LATEST_EVENTS)
    return MetricsTab(
        curves=curves,
        charts=[_view_chart(curves, chart) for chart in shown],
        more=len(drawn) - len(shown),
        checkpoints=view_checkpoints(session, summary),
        events=latest.rows,
    )


def view_checkpoints(session: Session, summary: JobSummary) -> list[CheckpointView]:
    if not summary.checkpoint_count:
        return []
    checkpoints = list_checkpoints(session, summary.id)
    best = _find_best(checkpoints)
    return [_view_checkpoint(each, summary, is_best=each.id == best) for each in checkpoints]


def _view_chart(curves: JobCurves, chart: Chart) -> ChartView:
    series = curves.read(chart)
    steps = table_steps(list(series.values()), MOST_ROWS)
    path = f"/jobs/{curves.summary.id}/figures/{chart.name}.json"
    return ChartView(
        id=chart_id(curves.summary.id, chart),
        title=gettext(chart.title),
        source=f"{path}?v={curves.shape_of(chart)}",
        caption=" ".join(map(say, caption_of(chart, series))),
        rule=gettext(RULE) if chart.is_loss and len(chart.curves) > 1 else "",
        is_loss=chart.is_loss,
        smoothing=TRAIN_SMOOTHING if chart.metric_of(Part.TRAIN) else None,
        units=[(unit.id, unit.label) for unit in list_units(curves.frame)],
        columns=[gettext(curve.part.label) for curve in chart.curves],
        rows=[(step, _values(chart, series, step)) for step in steps],
        is_sampled=sum(map(len, series.values())) > MOST_ROWS,
    )


def _values(chart: Chart, series: Mapping[str, Series], step: int) -> list[float | None]:
    return [series[metric].at(step) for metric in chart.metrics]


def _find_best(checkpoints: Sequence[Checkpoint]) -> int | None:
    """By validation over the whole set, else by its last batch; among one there is no best."""
    for name in ("full_valid_loss", "valid_loss"):
        rated = [each for each in checkpoints if name in each.metrics]
        if len(rated) > 1:
            return min(rated, key=lambda each: each.metrics[name]).id
    return None


def _view_checkpoint(
    checkpoint: Checkpoint, summary: JobSummary, *, is_best: bool
) -> CheckpointView:
    metrics, total = checkpoint.metrics, summary.job.total_steps
    known = summary.n_epochs is not None and total and checkpoint.step is not None
    accuracy = next((metrics[name] for name in ACCURACY_NAMES if name in metrics), None)
    return CheckpointView(
        checkpoint=checkpoint,
        epoch=(checkpoint.step or 0) * (summary.n_epochs or 0) / (total or 1) if known else None,
        train_loss=metrics.get("train_loss"),
        valid_loss=metrics.get("valid_loss"),
        full_valid_loss=metrics.get("full_valid_loss"),
        accuracy=accuracy,
        is_best=is_best,
    )

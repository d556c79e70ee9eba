"""The charts of a report, each with the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.datasets.figures import draw_histogram, draw_labels, list_ranges
from app.datasets.models import DatasetVersion
from app.datasets.report import Report
from app.datasets.statistics import Distribution, Histogram
from app.web.filters import number
from app.web.language import gettext

# Column of the statistics → the filter of the reader for it.
FILTERS = {
    "tokens_per_example": "tokens",
    "assistant_tokens_per_example": "answer_tokens",
    "messages_per_example": "messages",
}


@dataclass(frozen=True, slots=True)
class Bin:
    """`query` finds its examples in the reader, `tokens=20-29`."""

    range: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class Chart:
    id: str
    title: str
    figure: str
    caption: str
    distribution: Distribution
    bins: Sequence[Bin]

    @property
    def most(self) -> int:
        return max((each.count for each in self.bins), default=0)


def draw_charts(report: Report, version: DatasetVersion, limit: int | None) -> list[Chart]:
    """The same three columns as histogram and as figures."""
    titles = {
        "tokens_per_example": gettext("Tokens per example"),
        "assistant_tokens_per_example": gettext("Answer tokens per example"),
        "messages_per_example": gettext("Messages per example"),
    }
    charts = []
    for name, title in titles.items():
        distribution = getattr(report.statistics, name)
        shown_limit = limit if name == "tokens_per_example" else None
        histogram = getattr(report.histograms, name)
        link = f"{version.number}/examples?{FILTERS[name]}="
        figure = draw_histogram(f"{version.id}-{name}", histogram, title, shown_limit, link)
        caption, chart_id = _caption(distribution), name.replace("_", "-")
        bins = _bins(histogram, FILTERS[name])
        charts.append(Chart(chart_id, title, figure, caption, distribution, bins))
    return charts


def draw_label_chart(report: Report, version: DatasetVersion) -> str:
    if not report.labels:
        return ""
    link = f"{version.number}/examples?label="
    return draw_labels(f"{version.id}-labels", report.labels, link)


def _bins(histogram: Histogram, name: str) -> list[Bin]:
    """Those that hold something."""
    starts = (histogram.start + at * histogram.width for at in range(len(histogram.counts)))
    queries = [f"{name}={start}-{start + histogram.width - 1}" for start in starts]
    rows = zip(list_ranges(histogram), histogram.counts, queries, strict=True)
    return [Bin(*row) for row in rows if row[1]]


def _caption(distribution: Distribution) -> str:
    if distribution.min == distribution.max:
        return gettext("Every example has {value}.").format(value=number(distribution.max))
    return gettext("Half of the examples have at most {median}; nine in ten at most {p90}.").format(
        median=number(round(distribution.median)), p90=number(round(distribution.p90))
    )

"""Charts of a report."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from app.datasets.labels import LabelCount
from app.datasets.statistics import Histogram
from app.web.figures import add_bars, new_figure, to_json

LIMIT_SHOWN_WITHIN = 3
LONGEST_TICK = 18
FEWEST_PLACES = 10
FEWEST_LABELS = 5


def draw_histogram(
    key: str, histogram: Histogram, title: str, limit: int | None = None, link: str = ""
) -> str:
    """Bars; the model's limit as a line where it is not far beyond the last bar.

    A click on a bar leads to `link` with its range, `20-29`, at the end.
    """
    figure = new_figure(key=key)
    starts = [histogram.start + number * histogram.width for number in range(len(histogram.counts))]
    add_bars(
        figure,
        "",
        [start + (histogram.width - 1) / 2 for start in starts],
        histogram.counts,
        width=histogram.width * 0.9,
        hover=list_ranges(histogram),
        links=[f"{link}{start}-{start + histogram.width - 1}" for start in starts]
        if link
        else None,
    )
    figure.update_xaxes(title_text=title, **_axis(histogram))
    if limit is not None and _is_near(histogram, limit):
        figure.add_vline(x=limit, line={"color": "var(--bad)", "width": 1.5, "dash": "dash"})
    return to_json(figure)


def draw_labels(key: str, labels: Sequence[LabelCount], link: str = "") -> str:
    """A click on a bar leads to `link` with its label at the end."""
    figure = new_figure(key=key)
    places = list(range(len(labels)))
    names = [_safe(label.label) for label in labels]
    counts = [label.count for label in labels]
    links = [f"{link}{quote(label.label, safe='')}" for label in labels] if link else None
    add_bars(figure, "", places, counts, hover=names, links=links, series=6)
    room = max(0, FEWEST_LABELS - len(labels)) / 2 + 0.5
    figure.update_xaxes(
        tickvals=places,
        ticktext=[_cut(label.label) for label in labels],
        range=[-room, len(labels) - 1 + room],
    )
    return to_json(figure)


def _safe(text: str) -> str:
    """plotly reads some tags in texts."""
    return escape(text, quote=False)


def _cut(text: str) -> str:
    return _safe(text if len(text) <= LONGEST_TICK else f"{text[: LONGEST_TICK - 1]}…")


def list_ranges(histogram: Histogram) -> list[str]:
    """What each bar covers, `20–29`."""
    starts = (histogram.start + n * histogram.width for n in range(len(histogram.counts)))
    return [_range(start, histogram.width) for start in starts]


def _range(start: int, width: int) -> str:
    return f"{start:,}" if width == 1 else f"{start:,}–{start + width - 1:,}"


def _axis(histogram: Histogram) -> dict[str, object]:
    """Few bars keep the width they would have among others, and whole numbers below them."""
    missing = FEWEST_PLACES - len(histogram.counts)
    if missing <= 0:
        return {}
    left = max(-0.5, histogram.start - 0.5 - missing / 2 * histogram.width)
    right = left + FEWEST_PLACES * histogram.width
    return {"range": [left, right], "dtick": histogram.width}


def _is_near(histogram: Histogram, limit: int) -> bool:
    end = histogram.start + histogram.width * len(histogram.counts)
    return limit <= end * LIMIT_SHOWN_WITHIN

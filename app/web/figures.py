"""The base every chart stands on: no template, arrays not lists, colours as names of tokens.

A colour is written `var(--series-1)`; `plot-figure.js` turns it into what the reader's theme says,
because plotly parses colours itself and cannot follow a stylesheet. Texts are plain: plotly writes
`<b>` and `<span>` as style attributes, which the content policy refuses.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from plotly.graph_objects import Figure

SERIES_COUNT = 10
Dash = Literal["solid", "dash", "dot"]


class Unit(NamedTuple):
    """A unit of the x axis: the first one's numbers times `factor`. The label is translated."""

    id: str
    label: str
    factor: float = 1.0


def series_colour(series: int) -> str:
    """`series` counts from 1 and starts again after ten."""
    return f"var(--series-{(series - 1) % SERIES_COUNT + 1})"


def new_figure(*, key: str, units: Sequence[Unit] = (), y_title: str = "") -> Figure:
    """An empty chart. While `key` stays the same, the reader's zoom survives new data."""
    axis: dict[str, Any] = {
        "gridcolor": "var(--line)",
        "linecolor": "var(--line-strong)",
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": "var(--ink-3)", "size": 11},
        "title": {"font": {"color": "var(--ink-3)", "size": 11}, "standoff": 6},
        "automargin": True,
    }
    x_title = {**axis["title"], "text": units[0].label} if units else axis["title"]
    y_axis = {**axis, "nticks": 6, "title": {**axis["title"], "text": y_title or None}}
    # Given whole: an update of a figure makes plotly look at everything again.
    figure = Figure(
        layout={
            "uirevision": key,
            "showlegend": False,
            "hovermode": "x unified",
            "dragmode": "zoom",
            "paper_bgcolor": "var(--surface)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 44, "r": 12, "t": 8, "b": 32},
            "font": {"family": "var(--font-ui)", "color": "var(--ink-2)", "size": 12},
            "hoverlabel": {
                "bgcolor": "var(--raised)",
                "bordercolor": "var(--line-strong)",
                "font": {"color": "var(--ink)", "size": 12},
            },
            "xaxis": {**axis, "showgrid": False, "showline": True, "title": x_title},
            "yaxis": y_axis,
            "meta": {"units": [unit._asdict() for unit in units]},
        }
    )
    figure.layout.template = None
    return figure


def add_line(
    figure: Figure,
    name: str,
    x: ArrayLike,
    y: ArrayLike,
    *,
    series: int = 1,
    dash: Dash = "solid",
    smoothing: float | None = None,
) -> None:
    """A curve; `smoothing` is where the reader's slider starts, None leaves it as measured."""
    figure.add_scatter(
        name=name,
        x=np.asarray(x),
        y=_numbers(y),
        mode="lines",
        line={"color": series_colour(series), "width": 2.0, "dash": dash},
        connectgaps=dash != "solid",
        hovertemplate="%{y:.5g}",
        meta=None if smoothing is None else {"smoothing": smoothing},
    )


def add_points(
    figure: Figure,
    name: str,
    x: ArrayLike,
    y: ArrayLike,
    *,
    series: int = 1,
    symbol: str = "diamond",
) -> None:
    """Measured now and then, so no line claims what lies between."""
    figure.add_scatter(
        name=name,
        x=np.asarray(x),
        y=_numbers(y),
        mode="markers",
        marker={
            "color": series_colour(series),
            "symbol": symbol,
            "size": 9,
            "line": {"color": "var(--surface)", "width": 1.5},
        },
        hovertemplate="%{y:.5g}",
    )


def add_bars(
    figure: Figure,
    name: str,
    x: ArrayLike | Sequence[str],
    y: ArrayLike,
    *,
    width: ArrayLike | None = None,
    hover: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    series: int = 1,
) -> None:
    """Bins counted beforehand, or labels; `hover` says each bar's range in words.

    `links` are addresses, relative to the page, that a click on a bar leads to.
    """
    figure.add_bar(
        name=name,
        x=np.asarray(x),
        y=np.asarray(y),
        width=width,
        marker={"color": series_colour(series), "cornerradius": 2, "line": {"width": 0}},
        hovertext=hover,
        customdata=links,
        hovertemplate="%{hovertext}: %{y:,}<extra></extra>" if hover else "%{y:,}<extra></extra>",
    )
    figure.update_layout(bargap=0.12, hovermode="closest")


def add_boundaries(figure: Figure, positions: Sequence[float], labels: Sequence[str]) -> None:
    """Thin vertical lines, such as the ends of epochs, each with its label at the top.

    Set at once: plotly checks the whole layout again for every shape that is added alone.
    """
    line = {"color": "var(--line-strong)", "width": 1, "dash": "dot"}
    note = {
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "showarrow": False,
        "xanchor": "right",
        "yanchor": "top",
        "font": {"size": 10, "color": "var(--ink-3)"},
    }
    span = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "line": line}
    figure.update_layout(
        shapes=[{**span, "x0": position, "x1": position} for position in positions],
        annotations=[
            {**note, "x": position, "text": label}
            for position, label in zip(positions, labels, strict=True)
        ],
    )


def add_level(figure: Figure, y: float, label: str) -> None:
    """A dotted horizontal to compare with, such as always guessing the commonest answer."""
    figure.add_hline(
        y=y,
        line={"color": "var(--ink-3)", "width": 1, "dash": "dot"},
        annotation={
            "text": label,
            "font": {"size": 10, "color": "var(--ink-3)"},
            "xanchor": "left",
            "x": 0,
        },
    )


def mark_thinned(figure: Figure) -> None:
    """Says that a closer look will find more points than are here."""
    figure.layout.meta = {**figure.layout.meta, "thinned": True}


def to_json(figure: Figure) -> str:
    return str(figure.to_json())


def sparkline_points(values: Sequence[float], width: float = 84, height: float = 22) -> str:
    """Points of an SVG polyline, the first value at the left, the highest at the top."""
    if len(values) < 2:
        return ""
    heights = np.asarray(values, dtype=float)
    span = float(heights.max() - heights.min()) or 1.0
    xs = np.linspace(1, width - 1, len(heights))
    ys = 2 + (float(heights.max()) - heights) / span * (height - 4)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def _numbers(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=float)

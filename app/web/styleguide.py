"""Every component on one page: what builds pages looks here first."""

import numpy as np
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Viewer
from app.web import figures
from app.web.forms import Form
from app.web.language import gettext as _
from app.web.render import render

router = APIRouter()
STEPS = 60


@router.get("/styleguide")
def show_styleguide(request: Request, actor: Viewer) -> Response:
    form = Form()
    form.values = {"n_epochs": "40", "notes": "3 < 4"}
    form.errors = {"n_epochs": _("Type {le} or less.").format(le=25)}
    return render(
        request,
        "styleguide/show.html",
        form=form,
        loss_figure=loss_figure(),
        tokens_figure=tokens_figure(),
        points=figures.sparkline_points(list(np.exp(-np.arange(STEPS) / 20))),
    )


def loss_figure() -> str:
    """Curves as a job has them: noisy training loss, validation loss, three epochs."""
    noise = np.random.default_rng(7).normal(0, 0.12, STEPS)
    steps = np.arange(1, STEPS + 1)
    loss = 0.5 + 1.6 * np.exp(-steps / 18)
    units = [
        figures.Unit("step", _("step")),
        figures.Unit("epoch", _("epoch"), 3 / STEPS),
    ]
    figure = figures.new_figure(key="styleguide-loss", units=units)
    figures.add_line(figure, _("training"), steps, loss + noise, smoothing=0.6)
    figures.add_line(figure, _("validation"), steps[4::5], loss[4::5] + 0.1, series=2, dash="dash")
    figures.add_boundaries(figure, [20, 40, 60], [_("epoch {n}").format(n=n) for n in (1, 2, 3)])
    return figures.to_json(figure)


def tokens_figure() -> str:
    """A histogram counted beforehand."""
    counts = np.array([20, 90, 310, 640, 880, 910, 720, 430, 260, 150, 80, 40, 22, 9, 4])
    figure = figures.new_figure(key="styleguide-tokens")
    edges = np.arange(0, counts.size * 20, 20)
    hover = [f"{edge} – {edge + 19}" for edge in edges]
    figures.add_bars(figure, _("examples"), edges + 10, counts, hover=hover)
    return figures.to_json(figure)

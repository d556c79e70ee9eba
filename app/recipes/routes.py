"""Preparing a version: what a split would make, asking for it, what was made."""

from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.datasets.deps import Shown
from app.datasets.report_pages import find_report
from app.datasets.version_pages import ShownVersion
from app.recipes import service
from app.recipes.schemas import SplitSettings
from app.recipes.service import SplitPreview
from app.web.deps import AppStorage, ReadSession, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}/prepare")


@router.get("")
def show_recipe(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, storage: AppStorage
) -> Response:
    form = Form(FormData(dict(request.query_params)))
    return _show(request, session, storage, shown, form)


@router.get("/preview")
def preview_recipe(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, storage: AppStorage
) -> Response:
    """The same page, of which only the preview is swapped in."""
    form = Form(FormData(dict(request.query_params)))
    preview = _preview(session, storage, shown, form)
    return render(request, "recipes/_preview.html", shown=shown, preview=preview, form=form)


@router.get("/recipes")
def list_recipes(request: Request, actor: Viewer, shown: Shown, session: ReadSession) -> Response:
    recipes = service.list_recipes(session, shown.version.id or 0)
    return render(request, "recipes/_recipes.html", shown=shown, recipes=recipes)


@router.post("")
def prepare_version(
    request: Request,
    actor: Editor,
    shown: Shown,
    reading: ReadSession,
    session: WriteSession,
    storage: AppStorage,
    form: PostedForm,
) -> Response:
    prepare = partial(service.prepare_version, session, storage, actor, shown.version)
    if form.submit(SplitSettings, prepare) is None:
        return _show(request, reading, storage, shown, form, status=422)
    sentence = N_("The parts are being made; they appear below.")
    return redirect(request, f"{shown.path}/prepare?{urlencode(form.values)}", flash=sentence)


def _show(
    request: Request,
    session: ReadSession,
    storage: AppStorage,
    shown: ShownVersion,
    form: Form,
    status: int = 200,
) -> Response:
    return render(
        request,
        "recipes/prepare.html",
        status=status,
        shown=shown,
        form=form,
        settings=SplitSettings(),
        preview=_preview(session, storage, shown, form),
        recipes=service.list_recipes(session, shown.version.id or 0),
    )


def _preview(
    session: ReadSession, storage: AppStorage, shown: ShownVersion, form: Form
) -> SplitPreview | None:
    """None while there is nothing to show: what was typed cannot be, or no check is done."""
    report = find_report(session, shown.version)
    if report is None:
        return None
    preview = partial(service.preview_recipe, storage, shown.version, report.labels)
    return form.submit(SplitSettings, preview) if not form.errors else None

"""Preparing a version: what steps would make of it, asking for them, what was made."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.datasets.deps import Shown
from app.datasets.report_pages import find_report
from app.datasets.version_pages import ShownVersion
from app.recipes import service
from app.recipes.previewing import RecipePreview
from app.recipes.recipe_pages import is_large, open_form, view_choices
from app.recipes.schemas import RecipeSettings
from app.recipes.selecting import Source
from app.web.deps import AppStorage, ReadSession, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}/prepare")


@router.get("")
def show_recipe(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, storage: AppStorage
) -> Response:
    """Counting in a large version takes a moment, so the preview comes after the page."""
    if not shown.version.status.is_checked:
        return render(request, "recipes/unchecked.html", shown=shown)
    with service.open_source(storage, shown.version) as source:
        form = open_form(session, source, request.query_params.multi_items())
        comes_later = is_large(shown.version)
        preview = None if comes_later else _preview(session, source, form)
        return _show(request, session, source, shown, form, preview, comes_later=comes_later)


@router.get("/preview")
def show_preview(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, storage: AppStorage
) -> Response:
    """The same page, of which only the preview is swapped in."""
    with service.open_source(storage, shown.version) as source:
        form = open_form(session, source, request.query_params.multi_items())
        preview = _preview(session, source, form)
    return render(request, "recipes/_preview.html", shown=shown, preview=preview, form=form)


@router.post("/preview")
def preview_recipe(
    request: Request,
    actor: Editor,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    form: PostedForm,
) -> Response:
    """A form may hold more than an address can."""
    with service.open_source(storage, shown.version) as source:
        preview = _preview(session, source, form)
    return render(request, "recipes/_preview.html", shown=shown, preview=preview, form=form)


@router.get("/recipes")
def list_recipes(request: Request, actor: Viewer, shown: Shown, session: ReadSession) -> Response:
    recipes = service.list_recipes(session, shown.version.id or 0)
    return render(request, "recipes/_recipes.html", shown=shown, recipes=recipes)


@router.get("/made-by")
def show_lineage(request: Request, actor: Viewer, shown: Shown, session: ReadSession) -> Response:
    """The steps that made the version, for its lineage."""
    recipe = service.find_recipe_of(session, shown.version.id or 0)
    made = service.view_recipe(session, recipe) if recipe else None
    return render(request, "recipes/_made_by.html", shown=shown, made=made)


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
    with service.open_source(storage, shown.version) as source:
        steps = form.submit(RecipeSettings, partial(service.plan_recipe, reading, source))
        if steps is None:
            preview = _preview(reading, source, form)
            return _show(request, reading, source, shown, form, preview, status=422)
    recipe = service.prepare_version(session, actor, shown.version, steps)
    sentence = N_("It is being made; what comes out appears below.")
    return redirect(request, f"{shown.path}/prepare?recipe={recipe.id}", flash=sentence)


def _show(
    request: Request,
    session: ReadSession,
    source: Source,
    shown: ShownVersion,
    form: Form,
    preview: RecipePreview | None,
    *,
    comes_later: bool = False,
    status: int = 200,
) -> Response:
    return render(
        request,
        "recipes/prepare.html",
        status=status,
        shown=shown,
        form=form,
        prepare=view_choices(session, source, form),
        preview=preview,
        comes_later=comes_later,
        recipes=service.list_recipes(session, shown.version.id or 0),
    )


def _preview(session: ReadSession, source: Source, form: Form) -> RecipePreview | None:
    """None while there is nothing to show: what was typed cannot be."""
    report = find_report(session, source.version)
    labels = report.labels if report else ()
    preview = partial(service.preview_recipe, session, source, labels)
    return form.submit(RecipeSettings, preview)

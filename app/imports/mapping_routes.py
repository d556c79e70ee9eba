"""Mappings as files, and those that are offered again."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.imports import saved_mappings as service
from app.imports.choices_pages import list_choices
from app.imports.draft_pages import take_file
from app.imports.pages import view_import
from app.imports.schemas import MappingUpload, SavedMappingRename
from app.imports.service import get_import
from app.imports.starting import upload_mapping as upload
from app.web.deps import LARGEST_ID, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/imports")
PAGE = "/imports/mappings"


@router.get("/mappings")
def list_saved_mappings(
    request: Request,
    session: ReadSession,
    actor: Viewer,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    found = service.list_saved_mappings(session, before)
    return _list(request, found, Form())


@router.post("/mappings/{saved_id}/rename")
def rename_saved_mapping(
    request: Request, session: WriteSession, actor: Editor, saved_id: RowId, form: PostedForm
) -> Response:
    rename = partial(service.rename_saved_mapping, session, actor, saved_id)
    if form.submit(SavedMappingRename, rename) is None:
        return _list(request, service.list_saved_mappings(session), form, status=422)
    return redirect(request, PAGE)


@router.post("/mappings/{saved_id}/delete")
def delete_saved_mapping(
    request: Request, session: WriteSession, actor: Editor, saved_id: RowId
) -> Response:
    service.delete_saved_mapping(session, actor, saved_id)
    return redirect(request, PAGE, flash=N_("The saved mapping was deleted."))


@router.post("/{import_id}/mapping")
def upload_mapping(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    """What was pasted or sent as a file; a broken one is shown again with its line."""
    take_file(form, "file", "yaml")
    if form.submit(MappingUpload, partial(upload, session, actor, import_id)) is not None:
        return redirect(request, f"/imports/{import_id}", flash=N_("The mapping was taken over."))
    view = view_import(session, get_import(session, import_id))
    shown = view.form_of(Form())
    pasted = {"pasted": form, "view": view, "form": shown}
    return render(request, "imports/show.html", status=422, **pasted, **list_choices())


def _list(request: Request, found: object, form: Form, status: int = 200) -> Response:
    template, size = "imports/mappings.html", service.PAGE_SIZE
    return render(request, template, status=status, saved=found, form=form, size=size)

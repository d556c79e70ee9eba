"""Imports: a file comes in, is looked at, mapped, and becomes a version."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.access.deps import Editor, Viewer
from app.core.errors import NotFound
from app.core.text import N_
from app.datasets.deps import ReceivedUpload
from app.imports import service
from app.imports.lineage_pages import list_source_rows, view_lineage
from app.imports.pages import form_of, list_choices, view_import
from app.imports.received_pages import path_of_received, show_refused
from app.imports.schemas import ImportCreate, ImportOptions, ImportStart
from app.web.deps import LARGEST_ID, AppSettings, AppStorage, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/imports")
AnyId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@router.get("")
def list_imports(
    request: Request, session: ReadSession, actor: Viewer, before: AnyId = None
) -> Response:
    found = service.list_imports(session, before)
    return render(request, "imports/list.html", imports=found, size=service.PAGE_SIZE)


@router.post("")
def create_import(
    request: Request,
    upload: ReceivedUpload,
    session: WriteSession,
    settings: AppSettings,
    actor: Editor,
) -> Response:
    create = partial(service.create_import, session, actor, file=upload.file)
    received = upload.form.submit(ImportCreate, create)
    if received is None:
        return show_refused(request, session, upload.form, settings.upload_limit_bytes)
    return redirect(request, path_of_received(received))


@router.get("/versions/{version_id}/lineage")
def show_lineage(
    request: Request, session: ReadSession, actor: Viewer, version_id: RowId
) -> Response:
    view = view_lineage(session, version_id)
    return render(request, "imports/_lineage.html", view=view)


@router.get("/versions/{version_id}/rows")
def show_source_rows(
    request: Request,
    session: ReadSession,
    storage: AppStorage,
    actor: Viewer,
    version_id: RowId,
    lines: str = "",
) -> Response:
    rows = list_source_rows(session, storage, version_id, lines)
    return render(request, "imports/_rows.html", rows=rows)


@router.get("/{import_id}")
def show_import(
    request: Request,
    session: ReadSession,
    actor: Viewer,
    import_id: RowId,
    saved: AnyId = None,
) -> Response:
    return _show(request, session, import_id, Form(), saved=saved)


@router.get("/{import_id}/progress")
def show_progress(
    request: Request, session: ReadSession, actor: Viewer, import_id: RowId
) -> Response:
    """Asked again and again by the page while the background is at work; then the page is new."""
    view = view_import(session, service.get_import(session, import_id), Form())
    answer = render(request, "imports/_progress.html", view=view)
    if not view.row.status.is_pending:
        answer.headers["hx-refresh"] = "true"
    return answer


@router.get("/{import_id}/count")
def show_count(request: Request, session: ReadSession, actor: Viewer, import_id: RowId) -> Response:
    view = view_import(session, service.get_import(session, import_id), Form())
    return render(request, "imports/_count.html", view=view)


@router.post("/{import_id}/recognise")
def recognise_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    recognise = partial(service.recognise_import, session, actor, import_id)
    if form.submit(ImportOptions, recognise) is None:
        return _show(request, session, import_id, form, status=422)
    return redirect(request, f"/imports/{import_id}")


@router.post("/{import_id}/preview")
def preview_import(
    request: Request,
    session: ReadSession,
    actor: Editor,
    import_id: RowId,
    form: PostedForm,
) -> Response:
    changed = form.values.get("changed", "")
    row = service.get_recognised_import(session, import_id)
    view = view_import(session, row, form, changed=changed)
    template = "imports/preview.partials.html"
    shown = form_of(view, form)
    return render(request, template, view=view, form=shown, changed=changed, **list_choices())


@router.post("/{import_id}/start")
def start_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    start = partial(service.start_import, session, actor, import_id)
    if form.submit(ImportStart, start) is None:
        return _show(request, session, import_id, form, status=422)
    return redirect(request, f"/imports/{import_id}")


@router.post("/{import_id}/discard")
def discard_import(
    request: Request, session: WriteSession, storage: AppStorage, actor: Editor, import_id: RowId
) -> Response:
    service.discard_import(session, storage, actor, import_id)
    return redirect(request, "/imports", flash=N_("The import was discarded."))


@router.get("/{import_id}/source")
def download_source(
    session: ReadSession, storage: AppStorage, actor: Viewer, import_id: RowId
) -> Response:
    """The bytes as they were sent."""
    row = service.get_import(session, import_id)
    path = storage.path(row.sha256)
    return FileResponse(path, filename=row.filename, media_type="application/octet-stream")


@router.get("/{import_id}/left-out")
def download_left_out(
    session: ReadSession, storage: AppStorage, actor: Viewer, import_id: RowId
) -> Response:
    """The rows that did not become examples, as JSON lines with the reasons."""
    row = service.get_import(session, import_id)
    if row.left_out_sha256 is None:
        raise NotFound("No rows were left out.")
    path = storage.path(row.left_out_sha256)
    name = f"left-out-{row.id}.jsonl"
    return FileResponse(path, filename=name, media_type="application/jsonl")


@router.get("/{import_id}/mapping.yaml")
def download_mapping(session: ReadSession, actor: Viewer, import_id: RowId) -> Response:
    """For the command line: `tuneboard import FILE --mapping mapping.yaml`."""
    text = service.mapping_text(service.get_import(session, import_id))
    headers = {"content-disposition": 'attachment; filename="mapping.yaml"'}
    return PlainTextResponse(text, media_type="application/yaml", headers=headers)


def _show(
    request: Request,
    session: ReadSession,
    import_id: int,
    form: Form,
    status: int = 200,
    saved: int | None = None,
) -> Response:
    view = view_import(session, service.get_import(session, import_id), form, saved)
    form.errors = (view.problems or {}) | form.errors
    template = "imports/show.html"
    return render(request, template, status=status, view=view, form=form, **list_choices())

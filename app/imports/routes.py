"""Imports: a file comes in, is looked at, mapped, and becomes a version."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.datasets.deps import ReceivedUpload
from app.imports import service, starting
from app.imports.choices_pages import list_choices
from app.imports.lineage_pages import list_source_rows, view_lineage
from app.imports.pages import view_import
from app.imports.received_pages import path_of_received, show_refused
from app.imports.schemas import ImportCreate, ImportOptions, ImportRepeat, ImportStart
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
    return render(request, "imports/_lineage.html", view=view, version_id=version_id)


@router.get("/versions/{version_id}/rows")
def show_source_rows(
    request: Request,
    session: ReadSession,
    storage: AppStorage,
    actor: Viewer,
    version_id: RowId,
    lines: str = "",
    inside: bool = False,
) -> Response:
    """`inside` of a panel of its own it draws none."""
    rows = list_source_rows(session, storage, version_id, lines)
    return render(request, "imports/_rows.html", rows=rows, inside=inside)


@router.get("/{import_id}")
def show_import(
    request: Request,
    session: ReadSession,
    actor: Viewer,
    import_id: RowId,
    saved: AnyId = None,
    suggest: Literal["context"] | None = None,
) -> Response:
    return _show(request, session, import_id, Form(), saved=saved or suggest)


@router.get("/{import_id}/progress")
def show_progress(
    request: Request, session: ReadSession, actor: Viewer, import_id: RowId
) -> Response:
    """Asked again and again by the page while the background is at work; then the page is new."""
    view = view_import(session, service.get_import(session, import_id))
    answer = render(request, "imports/_progress.html", view=view)
    if not view.row.status.is_pending:
        answer.headers["hx-refresh"] = "true"
    return answer


@router.get("/{import_id}/count")
def show_count(request: Request, session: ReadSession, actor: Viewer, import_id: RowId) -> Response:
    view = view_import(session, service.get_import(session, import_id))
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
    """What is posted stands for itself: answers may be lost or overtaken."""
    view = view_import(session, service.get_recognised_import(session, import_id), form)
    stale, shown = view.stale_since(form), view.form_of(form)
    template = "imports/preview.partials.html"
    return render(request, template, view=view, form=shown, stale=stale, **list_choices())


@router.post("/{import_id}/start")
def start_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    start = partial(starting.start_import, session, actor, import_id)
    if form.submit(ImportStart, start) is None:
        return _show(request, session, import_id, form, status=422)
    return redirect(request, f"/imports/{import_id}")


@router.post("/{import_id}/cancel")
def cancel_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId
) -> Response:
    starting.cancel_import(session, actor, import_id)
    return redirect(request, f"/imports/{import_id}", flash=N_("The import was cancelled."))


@router.post("/{import_id}/retry")
def retry_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId
) -> Response:
    starting.retry_import(session, actor, import_id)
    return redirect(request, f"/imports/{import_id}")


@router.post("/{import_id}/repeat")
def repeat_import(
    request: Request, session: WriteSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    repeat = partial(starting.repeat_import, session, actor, import_id)
    again = form.submit(ImportRepeat, repeat)
    return redirect(request, f"/imports/{again.id if again else import_id}")


@router.post("/{import_id}/discard")
def discard_import(
    request: Request, session: WriteSession, storage: AppStorage, actor: Editor, import_id: RowId
) -> Response:
    service.discard_import(session, storage, actor, import_id)
    return redirect(request, "/imports", flash=N_("The import was discarded."))


def _show(
    request: Request,
    session: ReadSession,
    import_id: int,
    form: Form,
    status: int = 200,
    saved: int | str | None = None,
) -> Response:
    view = view_import(session, service.get_import(session, import_id), form, saved)
    shown = view.form_of(form)
    template = "imports/show.html"
    return render(request, template, status=status, view=view, form=shown, **list_choices())

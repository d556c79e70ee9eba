"""Overlap of two versions: what is known, pairs side by side, and asking for it."""

from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.datasets.deps import PageNumber, Shown
from app.datasets.overlap import service
from app.datasets.overlap.pages import view_lines, view_overlap
from app.datasets.overlap.schemas import OverlapCreate
from app.datasets.version_pages import ShownVersion
from app.datasets.version_routes import whole_number
from app.web.deps import AppStorage, ReadSession, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}/overlap")


@router.get("")
def show_overlap(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    against: str = "",
    rule: str = "",
    page: PageNumber = 1,
) -> Response:
    view = view_overlap(session, storage, shown.version, whole_number(against), rule, page)
    return render(request, "datasets/overlap.html", shown=shown, view=view, form=Form())


@router.get("/progress")
def show_progress(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    against: str = "",
) -> Response:
    """Asked again and again by the page while the versions are compared; then it is new."""
    view = view_overlap(session, storage, shown.version, whole_number(against))
    answer = render(request, "datasets/_overlap_progress.html", shown=shown, view=view)
    if view.known is None or not view.known.is_waiting:
        answer.headers["hx-refresh"] = "true"
    return answer


@router.get("/lines")
def show_lines(request: Request, actor: Viewer, shown: Shown, session: ReadSession) -> Response:
    """The panel of the report and of the lineage."""
    lines = view_lines(session, shown.version)
    return render(request, "datasets/_overlap_lines.html", shown=shown, lines=lines)


@router.post("")
def compare_versions(
    request: Request,
    actor: Editor,
    shown: Shown,
    reading: ReadSession,
    session: WriteSession,
    storage: AppStorage,
    form: PostedForm,
) -> Response:
    compare = partial(_compare, session, actor, shown)
    if form.submit(OverlapCreate, compare) is None:
        view = view_overlap(reading, storage, shown.version, None)
        context = {"shown": shown, "view": view, "form": form}
        return render(request, "datasets/overlap.html", status=422, **context)
    query = urlencode({"against": form.values["against"]})
    return redirect(request, f"{shown.path}/overlap?{query}")


def _compare(
    session: WriteSession, actor: Editor, shown: ShownVersion, data: OverlapCreate
) -> object:
    version_id = shown.version.id or 0
    return service.compare_versions(
        session, actor, version_id, data.against, data.by, again=data.again
    )

"""One version: its report, its rows, where it comes from; download, delete, check again."""

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from app.access.deps import Editor, Viewer
from app.core.errors import NotFound
from app.core.text import N_
from app.datasets import checking, service
from app.datasets.browsing_deps import Browsed
from app.datasets.deep.pages import dump_version_report, view_alike
from app.datasets.deps import ForProfile, PageNumber, Shown
from app.datasets.profiles import find_profile
from app.datasets.report_pages import list_findings, view_finding, view_report
from app.datasets.version_pages import view_numbers, view_progress, view_rows
from app.web.deps import AppStorage, ReadSession, RowId, WriteSession
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}")


@router.get("")
def show_version(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    model: str = "",
    epochs: str = "",
    profile: ForProfile = "",
) -> Response:
    return render(
        request,
        "datasets/report.html",
        shown=shown,
        report=view_report(session, shown.version, model, whole_number(epochs), profile),
        progress=view_progress(shown.version),
        alike=view_alike(session, shown.version),
    )


@router.get("/progress")
def show_progress(request: Request, actor: Viewer, shown: Shown) -> Response:
    """Asked again and again by the page while the check runs; at the end the page is new."""
    progress = view_progress(shown.version)
    answer = render(request, "datasets/_progress.html", shown=shown, progress=progress)
    if not shown.version.status.is_pending:
        answer.headers["hx-refresh"] = "true"
    return answer


@router.get("/examples")
def show_examples(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    query: Browsed,
    line: str = "",
) -> Response:
    rows = view_rows(storage, shown.version, query, whole_number(line))
    rules = list_findings(session, shown.version)
    template = "datasets/examples.html"
    return render(request, template, shown=shown, rows=rows, findings=rules, line=line)


@router.get("/findings/{rule}")
def show_finding(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    rule: str,
    page: PageNumber = 1,
) -> Response:
    view = view_finding(session, shown.version, rule)
    numbers = view_numbers(storage, shown.version, rule, page)
    return render(request, "datasets/finding.html", shown=shown, view=view, numbers=numbers)


@router.get("/report.json")
def download_report(
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    profile: ForProfile = "",
) -> Response:
    """As `tuneboard validate --json` writes it, and the groups of examples that are alike."""
    report = dump_version_report(session, storage, shown.version, find_profile(profile))
    name = f"report-{shown.version.dataset_id}-{shown.version.number}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(report, media_type="application/json", headers=headers)


@router.get("/lineage")
def show_lineage(request: Request, actor: Viewer, shown: Shown) -> Response:
    return render(request, "datasets/lineage.html", shown=shown)


@router.get("/download")
def download_version(actor: Viewer, shown: Shown, storage: AppStorage) -> Response:
    path = storage.path(shown.version.sha256)
    if not path.is_file():
        raise NotFound("The bytes of this version are gone from the storage.")
    return FileResponse(path, filename=shown.version.filename, media_type="application/jsonl")


@router.post("/delete")
def delete_version(
    request: Request,
    actor: Editor,
    session: WriteSession,
    storage: AppStorage,
    dataset_id: RowId,
    number: RowId,
) -> Response:
    version = service.get_version_by_number(session, dataset_id, number)
    service.delete_version(session, storage, actor, version.id or 0)
    sentence = N_("Version {number} was deleted.")
    return redirect(request, f"/datasets/{dataset_id}", flash=sentence, number=number)


@router.post("/validate")
def validate_version(
    request: Request, actor: Editor, session: WriteSession, dataset_id: RowId, number: RowId
) -> Response:
    version = service.get_version_by_number(session, dataset_id, number)
    checking.check_again(session, actor, version)
    return redirect(request, f"/datasets/{dataset_id}/versions/{number}")


@router.post("/validate/cancel")
def cancel_validation(
    request: Request,
    actor: Editor,
    session: WriteSession,
    storage: AppStorage,
    dataset_id: RowId,
    number: RowId,
) -> Response:
    version = service.get_version_by_number(session, dataset_id, number)
    checking.cancel_validation(session, storage, actor, version)
    return redirect(request, f"/datasets/{dataset_id}/versions/{number}")


def whole_number(text: str) -> int | None:
    """What a form sends for a number field that may be empty."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

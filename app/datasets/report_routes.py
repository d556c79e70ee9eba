"""The report of a version beside its page: its downloads, and severities people decide."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.datasets import service
from app.datasets.deps import ForProfile, Shown
from app.datasets.overrides import service as overrides
from app.datasets.overrides.pages import view_severity
from app.datasets.overrides.schemas import SeverityChoice
from app.datasets.report_file import FILE_POLICY, view_report_file
from app.web.deps import AppStorage, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}")


@router.get("/report.html")
def download_report_file(
    request: Request,
    actor: Viewer,
    shown: Shown,
    session: ReadSession,
    storage: AppStorage,
    profile: ForProfile = "",
) -> Response:
    """One file that needs no other, to keep or to send."""
    file = view_report_file(session, storage, shown, profile)
    answer = render(request, "datasets/report_file.html", shown=shown, file=file)
    answer.headers["content-disposition"] = f'attachment; filename="{file.name}"'
    answer.headers["content-security-policy"] = FILE_POLICY
    return answer


@router.get("/findings/{rule}/severity")
def show_severity(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, rule: str
) -> Response:
    view = view_severity(session, shown.version, rule)
    return render(request, "datasets/severity.html", shown=shown, view=view, form=None)


@router.post("/findings/{rule}/severity")
def override_severity(
    request: Request,
    actor: Editor,
    shown: Shown,
    session: WriteSession,
    form: PostedForm,
    rule: str,
) -> Response:
    version = service.get_version(session, shown.version.id or 0)
    view = view_severity(session, version, rule)
    override = overrides.override_severity
    done = form.submit(SeverityChoice, lambda d: override(session, actor, version, rule, d))
    if done is None:
        context: dict[str, Form] = {"form": form}
        return render(request, "datasets/severity.html", 422, shown=shown, view=view, **context)
    return redirect(request, f"{shown.path}#finding-{rule}", flash=N_("The severity was changed."))


@router.post("/findings/{rule}/severity/restore")
def restore_severity(
    request: Request,
    actor: Editor,
    session: WriteSession,
    dataset_id: RowId,
    number: RowId,
    rule: str,
) -> Response:
    version = service.get_version_by_number(session, dataset_id, number)
    overrides.restore_severity(session, actor, version, rule)
    sentence = N_("The rule has its own severity again.")
    path = f"/datasets/{dataset_id}/versions/{number}"
    return redirect(request, f"{path}#finding-{rule}", flash=sentence)

"""Examples of a version that are alike: on the report, and group by group."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Viewer
from app.datasets.deep.pages import view_alike, view_group, view_groups
from app.datasets.deps import PageNumber, Shown
from app.web.deps import AppStorage, ReadSession, RowId
from app.web.render import render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}/alike")


@router.get("")
def show_alike(request: Request, actor: Viewer, shown: Shown, session: ReadSession) -> Response:
    """The panel of the report, asked again and again while examples are compared.

    At the end the page is new, since findings and the verdict may be others.
    """
    alike = view_alike(session, shown.version)
    answer = render(request, "datasets/_alike.html", shown=shown, alike=alike)
    if alike and not alike.is_waiting:
        answer.headers["hx-refresh"] = "true"
    return answer


@router.get("/{kind}")
def list_groups(
    request: Request,
    actor: Viewer,
    shown: Shown,
    storage: AppStorage,
    kind: str,
    page: PageNumber = 1,
) -> Response:
    found = view_groups(storage, shown.version, kind, page)
    return render(request, "datasets/groups.html", shown=shown, found=found, group=None)


@router.get("/{kind}/{group}")
def show_group(
    request: Request,
    actor: Viewer,
    shown: Shown,
    storage: AppStorage,
    kind: str,
    group: RowId,
    page: PageNumber = 1,
) -> Response:
    found = view_group(storage, shown.version, kind, group, page)
    return render(request, "datasets/groups.html", shown=shown, found=found, group=group)

"""Examples of a version that are alike: on the report, and group by group."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Viewer
from app.datasets.deep.pages import view_alike, view_group, view_groups
from app.datasets.deps import ForProfile, PageNumber, Shown
from app.datasets.profiles import find_profile
from app.datasets.report_pages import suffix_of, view_report
from app.web.deps import AppStorage, ReadSession, RowId
from app.web.render import render

router = APIRouter(prefix="/datasets/{dataset_id}/versions/{number}/alike")


@router.get("")
def show_alike(
    request: Request, actor: Viewer, shown: Shown, session: ReadSession, profile: ForProfile = ""
) -> Response:
    """Asked again and again by the report while the second look is taken."""
    alike = view_alike(session, shown.version)
    is_over = alike is not None and not alike.is_waiting
    return render(
        request,
        "datasets/looked.partials.html",
        shown=shown,
        alike=alike,
        report=view_report(session, shown.version, profile_name=profile) if is_over else None,
        suffix=suffix_of(find_profile(profile)),
    )


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

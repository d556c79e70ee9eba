"""The first page after signing in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Viewer
from app.overview import service
from app.web.deps import ReadSession
from app.web.render import render

router = APIRouter()


@router.get("/")
def show_overview(request: Request, session: ReadSession, actor: Viewer) -> Response:
    return render(request, "overview/show.html", overview=service.get_overview(session))


@router.get("/overview/jobs")
def show_overview_jobs(request: Request, session: ReadSession, actor: Viewer) -> Response:
    """What moves on the page, asked for again while something does."""
    return render(request, "overview/_jobs.html", overview=service.get_overview(session))

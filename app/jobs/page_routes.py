"""One job: its page, its charts as JSON, everything it left as files."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from app.access.deps import Viewer, while_signed_in
from app.jobs.downloads import iterate_events_jsonl, iterate_metrics_csv
from app.jobs.event_log import EventQuery
from app.jobs.feed import feed_of
from app.jobs.live_pages import Watch
from app.jobs.metrics_pages import find_figure
from app.jobs.pages import show_job as build_page
from app.jobs.service import get_job
from app.jobs.tab_pages import content_of
from app.jobs.watching import read_state
from app.web.deps import LARGEST_ID, AppContext, AppDatabase, ReadSession, RowId
from app.web.language import use_language
from app.web.live import stream
from app.web.render import render

router = APIRouter(prefix="/jobs/{job_id:int}")
# News come at once; so often each reader is looked at anyway.
LIVE_PAUSE = 2.0


@router.get("")
def show_job(
    request: Request,
    actor: Viewer,
    context: AppContext,
    session: ReadSession,
    job_id: RowId,
    tab: str = "",
    level: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    each: str = "",
    before: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None,
    charts: str = "",
) -> Response:
    use_language(request)
    page = build_page(session, job_id, tab)
    query = EventQuery(level, q.strip(), bool(each), before)
    content = content_of(context, session, page, query, every_chart=charts == "all")
    is_whole = query.is_plain and not charts
    return render(
        request,
        "jobs/show.html",
        page=page,
        content=content,
        cursor=read_state(session, job_id).cursor,
        live_tab=page.tab.value if is_whole else "",
    )


@router.get("/live")
def follow_job(
    request: Request,
    actor: Viewer,
    context: AppContext,
    session: ReadSession,
    job_id: RowId,
    after: Annotated[str, Query(max_length=200)] = "",
    tab: str = "",
) -> Response:
    get_job(session, job_id)
    watch = Watch(request, context, job_id, tab)
    look = while_signed_in(request, context, watch, watch.at_hand)
    following = feed_of(context.db).follow(context.db, job_id, watch.prepare)
    return stream(
        request, look, after=after, pause=LIVE_PAUSE, at_hand=look.at_hand, following=following
    )


@router.get("/figures/{name}.json")
def show_figure(
    request: Request,
    actor: Viewer,
    db: AppDatabase,
    session: ReadSession,
    job_id: RowId,
    name: str,
    first: Annotated[float | None, Query(alias="from")] = None,
    last: Annotated[float | None, Query(alias="to")] = None,
) -> Response:
    language = use_language(request)
    figure = find_figure(db, session, job_id, name)
    tag = f'W/"{figure.version}-{language}-{first}-{last}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(figure.draw(first, last), media_type="application/json", headers=headers)


@router.get("/metrics.csv")
def download_metrics(
    actor: Viewer, db: AppDatabase, session: ReadSession, job_id: RowId
) -> Response:
    get_job(session, job_id)
    return _attachment(
        iterate_metrics_csv(db, job_id), "text/csv; charset=utf-8", f"job-{job_id}-metrics.csv"
    )


@router.get("/events.jsonl")
def download_events(
    actor: Viewer, db: AppDatabase, session: ReadSession, job_id: RowId
) -> Response:
    get_job(session, job_id)
    return _attachment(
        iterate_events_jsonl(db, job_id), "application/jsonl", f"job-{job_id}-events.jsonl"
    )


def _attachment(content: Iterator[bytes], media_type: str, filename: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(content, media_type=media_type, headers=headers)

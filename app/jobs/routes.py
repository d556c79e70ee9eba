"""The list of jobs, the form of a new one, and what can be done to a job."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from app.access.deps import Editor, Viewer, while_signed_in
from app.core.text import N_
from app.jobs import overlapping, service
from app.jobs.drafting import complete_draft, draft_job
from app.jobs.list_live import follow_rows
from app.jobs.listing import JobFilter, list_jobs, list_options, list_rows
from app.jobs.overlapping import find_overlap
from app.jobs.pages import show_job as build_page
from app.jobs.planning import plan_job
from app.jobs.schemas import JobCreate
from app.provider.types import JobStatus
from app.web.deps import AppContext, AppStorage, ReadSession, RowId, WriteSession
from app.web.figures import sparkline_points
from app.web.forms import Form, PostedForm
from app.web.live import stream
from app.web.render import is_partial, redirect, render

router = APIRouter(prefix="/jobs")
QUEUED = N_("The job is queued. The worker brings it to the provider.")


@router.get("")
def show_jobs(request: Request, session: ReadSession, actor: Viewer) -> Response:
    chosen = JobFilter.of(request.query_params)
    return render(
        request,
        "jobs/list.html",
        chosen=chosen,
        found=list_jobs(session, chosen),
        options=list_options(session),
        statuses=list(JobStatus),
        points=sparkline_points,
    )


@router.get("/live")
def show_jobs_live(request: Request, context: AppContext, actor: Viewer) -> Response:
    """Rows of the jobs a page shows, whenever they change."""
    return stream(request, while_signed_in(request, context, follow_rows(request, context.db)))


@router.get("/new")
def show_new_job(
    request: Request, session: ReadSession, storage: AppStorage, actor: Editor
) -> Response:
    values, plan = draft_job(session, storage, request.query_params)
    return render(request, "jobs/new.html", form=Form(FormData(values)), plan=plan)


@router.get("/new/card")
def show_new_job_card(
    request: Request, session: ReadSession, storage: AppStorage, actor: Editor
) -> Response:
    """What follows from the choices made so far."""
    values, plan = complete_draft(session, storage, dict(request.query_params))
    return render(request, "jobs/card.partials.html", form=Form(FormData(values)), plan=plan)


@router.post("/new/overlap")
def compare_chosen_data(
    request: Request, context: AppContext, actor: Editor, form: PostedForm
) -> Response:
    """Asked by the page itself when data is chosen that was not compared yet."""
    with context.db.write() as session:
        overlapping.compare_chosen_data(session, actor, form.values)
    with context.db.read() as session:
        values, plan = complete_draft(session, context.storage, form.values)
    return render(request, "jobs/card.partials.html", form=Form(FormData(values)), plan=plan)


@router.post("")
def create_job(
    request: Request,
    reading: ReadSession,
    session: WriteSession,
    storage: AppStorage,
    actor: Editor,
    form: PostedForm,
) -> Response:
    overlap = find_overlap(reading, storage, form.values)
    create = partial(service.create_job, session, actor, overlap=overlap)
    job = form.submit(JobCreate, create)
    if job is None:
        plan = plan_job(session, form.values, overlap=overlap)
        return render(request, "jobs/new.html", status=422, form=form, plan=plan)
    return redirect(request, f"/jobs/{job.id}", QUEUED)


@router.post("/{job_id:int}/cancel")
def cancel_job(request: Request, context: AppContext, actor: Editor, job_id: RowId) -> Response:
    service.cancel_job(context, actor, job_id)
    return _answer(request, context, "jobs/cancel.partials.html", job_id)


@router.post("/{job_id:int}/sync")
def sync_job(request: Request, context: AppContext, actor: Editor, job_id: RowId) -> Response:
    with context.db.write() as session:
        service.sync_job(session, actor, job_id)
    return _answer(request, context, "jobs/sync.partials.html", job_id)


@router.post("/{job_id:int}/retry")
def retry_job(request: Request, session: WriteSession, actor: Editor, job_id: RowId) -> Response:
    job = service.retry_job(session, actor, job_id)
    return redirect(request, f"/jobs/{job.id}", QUEUED)


def _answer(request: Request, context: AppContext, template: str, job_id: int) -> Response:
    """Partials for htmx, the job's page for a plain form."""
    if not is_partial(request):
        return redirect(request, f"/jobs/{job_id}")
    with context.db.read() as session:
        [row] = list_rows(session, [job_id])
        page = build_page(session, job_id, "")
    return render(request, template, row=row, job=row.job, page=page, points=sparkline_points)

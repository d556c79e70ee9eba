"""/v1/fine_tuning/jobs"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.engine import job_creation, job_life
from app.engine.deps import EngineScheduler, EngineStore, OnlyParameters
from app.engine.paging import MAX_LIMIT, page
from app.engine.refusals import bad_request
from app.engine.requests import CreateJob
from app.engine.wire import checkpoint_object, event_object, job_object, list_object

router = APIRouter(prefix="/fine_tuning/jobs")
Condition = tuple[str, tuple[object, ...]]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
PAGING = OnlyParameters("limit", "after")
PAGING_OR_METADATA = OnlyParameters("limit", "after", "metadata", prefix="metadata[")
METADATA_KEY = re.compile(r"metadata\[(.*)\]", re.DOTALL)


@router.post("")
def create_job(data: CreateJob, store: EngineStore, scheduler: EngineScheduler) -> dict[str, Any]:
    job = job_creation.create_job(store, data)
    scheduler.wake()
    return job_object(job)


@router.get("", dependencies=[Depends(PAGING_OR_METADATA)])
def list_jobs(
    request: Request, store: EngineStore, limit: Limit = 20, after: str | None = None
) -> dict[str, Any]:
    where = _metadata_conditions(request)
    rows, has_more = page(store.read(), "jobs", where=where, after=after, limit=limit)
    return list_object([job_object(row) for row in rows], has_more)


@router.get("/{job_id}")
def retrieve_job(job_id: str, store: EngineStore) -> dict[str, Any]:
    return job_object(job_life.get_job(store, job_id))


@router.post("/{job_id}/cancel")
def cancel_job(job_id: str, store: EngineStore, scheduler: EngineScheduler) -> dict[str, Any]:
    job = job_life.cancel_job(store, job_id)
    scheduler.wake()
    return job_object(job)


@router.post("/{job_id}/pause")
def pause_job(job_id: str, store: EngineStore, scheduler: EngineScheduler) -> dict[str, Any]:
    job = job_life.pause_job(store, job_id)
    scheduler.wake()
    return job_object(job)


@router.post("/{job_id}/resume")
def resume_job(job_id: str, store: EngineStore, scheduler: EngineScheduler) -> dict[str, Any]:
    job = job_life.resume_job(store, job_id)
    scheduler.wake()
    return job_object(job)


@router.get("/{job_id}/events", dependencies=[Depends(PAGING)])
def list_events(
    job_id: str, store: EngineStore, limit: Limit = 20, after: str | None = None
) -> dict[str, Any]:
    job_life.get_job(store, job_id)
    where: list[Condition] = [("job_id = ?", (job_id,))]
    rows, has_more = page(store.read(), "events", where=where, after=after, limit=limit)
    return list_object([event_object(row) for row in rows], has_more)


@router.get("/{job_id}/checkpoints", dependencies=[Depends(PAGING)])
def list_checkpoints(
    job_id: str, store: EngineStore, limit: Limit = 10, after: str | None = None
) -> dict[str, Any]:
    job_life.get_job(store, job_id)
    where: list[Condition] = [("job_id = ?", (job_id,))]
    rows, has_more = page(store.read(), "checkpoints", where=where, after=after, limit=limit)
    return list_object([checkpoint_object(row) for row in rows], has_more, with_ends=True)


def _metadata_conditions(request: Request) -> list[Condition]:
    """`metadata[k]=v` keeps jobs with that pair, `metadata=null` those without metadata."""
    conditions: list[Condition] = []
    for name, value in request.query_params.multi_items():
        if name == "metadata":
            if value != "null":
                message = "Invalid 'metadata': expected null or metadata[key]=value."
                raise bad_request(message, param="metadata", code="invalid_value")
            conditions.append(("metadata IS NULL", ()))
        elif found := METADATA_KEY.fullmatch(name):
            pair = "EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value = ?)"
            conditions.append((pair, (found[1], value)))
    if ("metadata IS NULL", ()) in conditions and len(conditions) > 1:
        message = "Invalid 'metadata': null and metadata[key]=value exclude each other."
        raise bad_request(message, param="metadata", code="invalid_value")
    return conditions

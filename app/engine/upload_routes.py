"""/v1/uploads"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from app.engine import upload_store
from app.engine.deps import EngineStore
from app.engine.file_checks import check_first_line
from app.engine.file_store import find_file
from app.engine.ids import new_id
from app.engine.multipart import read_form
from app.engine.refusals import bad_request
from app.engine.requests import CompleteUpload, CreateUpload
from app.engine.wire import part_object, upload_object

router = APIRouter(prefix="/uploads")
MAX_PART_BYTES = 64 * 1024 * 1024


@router.post("")
def create_upload(data: CreateUpload, store: EngineStore) -> dict[str, Any]:
    upload = upload_store.create_upload(store, data)
    return upload_object(upload, upload_store.status_of(upload))


@router.post("/{upload_id}/parts")
async def add_part(upload_id: str, request: Request, store: EngineStore) -> dict[str, Any]:
    await run_in_threadpool(upload_store.get_pending, store, upload_id)
    incoming = store.root / "incoming" / new_id("part_")
    try:
        form = await read_form(request, "data", incoming, MAX_PART_BYTES)
        if form.filename is None:
            raise bad_request("'data' is a required property", param="data")
        row = await run_in_threadpool(upload_store.add_part, store, upload_id, form.size, incoming)
        return part_object(row)
    finally:
        incoming.unlink(missing_ok=True)


@router.post("/{upload_id}/complete")
def complete_upload(upload_id: str, data: CompleteUpload, store: EngineStore) -> dict[str, Any]:
    upload = upload_store.get_pending(store, upload_id)
    whole = upload_store.complete_upload(store, upload_id, data)
    try:
        if upload["purpose"] == "fine-tune":
            check_first_line(whole)
        upload_store.keep_whole(store, upload, whole)
    finally:
        whole.unlink(missing_ok=True)
    done = upload_store.get_upload(store, upload_id)
    return upload_object(done, done["status"], find_file(store, done["file_id"]))


@router.post("/{upload_id}/cancel")
def cancel_upload(upload_id: str, store: EngineStore) -> dict[str, Any]:
    upload = upload_store.cancel_upload(store, upload_id)
    return upload_object(upload, upload["status"])

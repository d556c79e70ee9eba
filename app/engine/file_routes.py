"""/v1/files"""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from app.engine import file_store
from app.engine.deps import EngineStore, OnlyParameters
from app.engine.file_checks import check_fields, check_first_line, checked_expiry, checked_purpose
from app.engine.file_store import NewFile, get_file, insert_file, not_expired
from app.engine.ids import new_id
from app.engine.multipart import Form, read_form
from app.engine.paging import page
from app.engine.refusals import bad_request
from app.engine.store import Store
from app.engine.wire import file_object, list_object

router = APIRouter()
MAX_FILE_BYTES = 512 * 1024 * 1024


@router.post("/files")
async def create_file(request: Request, store: EngineStore) -> dict[str, Any]:
    file_id = new_id("file-", 22)
    incoming = store.root / "incoming" / file_id
    try:
        form = await read_form(request, "file", incoming, MAX_FILE_BYTES)
        return await run_in_threadpool(_keep_file, store, file_id, form, incoming)
    finally:
        incoming.unlink(missing_ok=True)


@router.get("/files", dependencies=[Depends(OnlyParameters("purpose", "limit", "order", "after"))])
def list_files(
    store: EngineStore,
    purpose: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    order: Literal["asc", "desc"] = "desc",
    after: str | None = None,
) -> dict[str, Any]:
    where: list[tuple[str, tuple[object, ...]]] = [not_expired()]
    if purpose is not None:
        where.append(("purpose = ?", (purpose,)))
    rows, has_more = page(
        store.read(), "files", where=where, after=after, limit=limit, ascending=order == "asc"
    )
    return list_object([file_object(row) for row in rows], has_more, with_ends=True, no_id="")


@router.get("/files/{file_id}")
def retrieve_file(file_id: str, store: EngineStore) -> dict[str, Any]:
    return file_object(get_file(store, file_id))


@router.get("/files/{file_id}/content")
def retrieve_file_content(file_id: str, store: EngineStore) -> FileResponse:
    row = get_file(store, file_id)
    return FileResponse(
        store.file_path(row["id"]), media_type="application/octet-stream", filename=row["filename"]
    )


@router.delete("/files/{file_id}")
def delete_file(file_id: str, store: EngineStore) -> dict[str, Any]:
    file_store.delete_file(store, file_id)
    return {"id": file_id, "object": "file", "deleted": True}


def _keep_file(store: Store, file_id: str, form: Form, incoming: Path) -> dict[str, Any]:
    check_fields(form.fields)
    purpose, expires_at = checked_purpose(form.fields), checked_expiry(form.fields)
    if form.filename is None:
        raise bad_request("'file' is a required property", param="file")
    if purpose == "fine-tune":
        check_first_line(incoming)
    incoming.replace(store.file_path(file_id))
    insert_file(store, NewFile(file_id, form.filename, purpose, form.size, expires_at))
    return file_object(get_file(store, file_id))

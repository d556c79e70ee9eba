"""Uploads that go on where they stopped: a protocol of five requests, after tus.io.

    POST   /uploads        {filename, size, modified_ms, fingerprint, …}   201, or 200 and where
                           the person's own upload of the same file stopped
    PATCH  /uploads/7      a chunk, and in `upload-offset` where it belongs: 200 and where the
                           upload ends now; 409 and the same where that is another place
    GET    /uploads/7      where it ends (HEAD: in `upload-offset`)
    DELETE /uploads/7      gives it up
    GET    /uploads        the person's own that stopped, as a fragment of a page

Every answer about an upload is `{id, filename, size, offset, chunk_bytes}`. Of a chunk that is cut
off, what came is kept: ask where the upload ends, then go on from there. A chunk that was answered
is on the disk. When `offset` is `size`, send the form as without all this, with `upload_id` in the
place of the file: `POST /imports`, `/datasets`, `/datasets/3/versions`. A refusal of the form
keeps the upload, and a form whose answer was lost may be sent again.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.access.deps import Editor
from app.core.config import Settings
from app.datasets.uploads import service
from app.datasets.uploads.deps import OwnUpload, ReceivedChunk
from app.datasets.uploads.schemas import UploadCreate
from app.web.deps import AppSettings, AppStorage, ReadSession, RowId, WriteSession
from app.web.render import render

router = APIRouter(prefix="/uploads")


@router.post("")
def create_upload(
    data: UploadCreate,
    session: WriteSession,
    storage: AppStorage,
    settings: AppSettings,
    actor: Editor,
) -> Response:
    found = service.create_upload(session, storage, settings, actor, data)
    status = HTTPStatus.OK if found.offset else HTTPStatus.CREATED
    return _tell(found, found.offset, settings, status)


@router.get("")
def list_uploads(
    request: Request,
    session: ReadSession,
    storage: AppStorage,
    actor: Editor,
    dataset_id: str = "",
) -> Response:
    """`dataset_id` is that of the page that asks, empty where a new dataset is made."""
    uploads = service.list_uploads(session, storage, actor)
    return render(request, "uploads/_list.html", uploads=uploads, dataset_id=dataset_id)


@router.get("/{upload_id}")
def show_upload(upload: OwnUpload, settings: AppSettings, actor: Editor) -> Response:
    return _tell(upload, upload.offset, settings)


@router.patch("/{upload_id}")
def append_upload(chunk: ReceivedChunk, settings: AppSettings, actor: Editor) -> Response:
    status = HTTPStatus.OK if chunk.is_taken else HTTPStatus.CONFLICT
    return _tell(chunk.upload, chunk.offset, settings, status)


@router.delete("/{upload_id}")
def discard_upload(
    request: Request,
    session: WriteSession,
    storage: AppStorage,
    actor: Editor,
    upload_id: RowId,
) -> Response:
    service.discard_upload(session, storage, actor, upload_id)
    return render(request, "uploads/discard.partials.html", upload_id=upload_id)


def _tell(
    upload: service.SentUpload, offset: int, settings: Settings, status: int = HTTPStatus.OK
) -> Response:
    said = {
        "id": upload.id,
        "filename": upload.row.filename,
        "size": upload.row.size,
        "offset": offset,
        "chunk_bytes": settings.upload_chunk_bytes,
    }
    headers = {"upload-offset": str(offset), "cache-control": "no-store"}
    return JSONResponse(said, status, headers)

"""What routes of uploads are given: an upload of one's own, and bytes appended while they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.access.deps import Editor
from app.core.partial_file import WrongOffset
from app.datasets.uploads.schemas import LARGEST_NUMBER
from app.datasets.uploads.service import SentUpload, get_upload
from app.web.deps import AppContext, RowId

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """`offset` is where the upload ends now; `is_taken` is False where it was not at its end."""

    upload: SentUpload
    offset: int
    is_taken: bool


def find_own_upload(context: AppContext, actor: Editor, upload_id: RowId) -> SentUpload:
    """The transaction ends at once: bytes may come for minutes."""
    with context.db.read() as session:
        row = get_upload(session, actor, upload_id)
        return SentUpload.look(session, context.storage, row)


OwnUpload = Annotated[SentUpload, Depends(find_own_upload)]
UploadOffset = Annotated[int, Header(ge=0, le=LARGEST_NUMBER)]


async def receive_chunk(
    request: Request,
    context: AppContext,
    actor: Editor,
    upload: OwnUpload,
    upload_offset: UploadOffset,
) -> Chunk:
    """Appends the body block by block: of one that is cut off, what came is kept.

    Two who send at once are told apart at each block, by where it belongs.
    """
    partial, offset = upload.partial, upload_offset
    try:
        async for block in _blocks(request):
            offset = await run_in_threadpool(partial.append, offset, block)
        await run_in_threadpool(partial.sync)
    except WrongOffset as error:
        return Chunk(upload, error.reached, is_taken=False)
    except FileNotFoundError:  # finished, or given up, meanwhile
        upload = await run_in_threadpool(find_own_upload, context, actor, upload.id)
        return Chunk(upload, upload.offset, is_taken=False)
    return Chunk(upload, offset, is_taken=True)


ReceivedChunk = Annotated[Chunk, Depends(receive_chunk)]


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """Never more in memory than a block. An empty body is one empty block."""
    pending = bytearray()
    try:
        async for data in request.stream():
            pending += data
            if len(pending) >= BLOCK_BYTES:
                yield bytes(pending)
                pending.clear()
    except ClientDisconnect:
        pass
    yield bytes(pending)

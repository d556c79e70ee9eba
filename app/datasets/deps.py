"""What routes of datasets are given."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.access.deps import Editor, Viewer
from app.core.actor import Actor
from app.core.context import Context
from app.datasets.service import IncomingFile
from app.datasets.uploads.finishing import TakenUpload, close_upload, take_upload
from app.datasets.version_pages import ShownVersion, view_version
from app.web.deps import LARGEST_ID, AppContext, ReadSession, RowId
from app.web.forms import Form
from app.web.streaming_form import StreamedForm, read_streamed_form

ForProfile = Annotated[str, Query(alias="for")]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000_000)]


class Upload:
    """A form with a file. Unless a service finishes the file, nothing of it is kept."""

    def __init__(self, streamed: StreamedForm, file: IncomingFile) -> None:
        self.form = Form(FormData(streamed.fields))
        self.file = file


async def receive_upload(
    request: Request, context: AppContext, actor: Editor
) -> AsyncIterator[Upload]:
    """Nobody's bytes are read before it is known that they may send them.

    In the place of a file the form may name an upload, which stays as it is when the form is
    refused.
    """
    with context.storage.writer() as writer:
        limit = context.settings.upload_limit_bytes
        streamed = await read_streamed_form(request, writer, limit=limit)
        taken = await run_in_threadpool(_take_named, context, actor, streamed)
        if taken is None:
            yield Upload(streamed, IncomingFile(streamed.filename, streamed.writer))
            return
        upload = Upload(streamed, IncomingFile(taken.filename, taken.file))
        yield upload
        if not upload.form.errors:
            await run_in_threadpool(close_upload, context, taken.id)


def _take_named(context: Context, actor: Actor, streamed: StreamedForm) -> TakenUpload | None:
    named = streamed.fields.get("upload_id", "")
    if streamed.filename is not None or not named:
        return None
    is_id = named.isascii() and named.isdecimal() and 0 < int(named[:11]) <= LARGEST_ID
    return take_upload(context, actor, int(named) if is_id else 0)


ReceivedUpload = Annotated[Upload, Depends(receive_upload, scope="function")]


def get_shown_version(
    session: ReadSession, actor: Viewer, dataset_id: RowId, number: RowId
) -> ShownVersion:
    return view_version(session, dataset_id, number)


Shown = Annotated[ShownVersion, Depends(get_shown_version, scope="function")]

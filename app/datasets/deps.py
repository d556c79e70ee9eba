"""What routes of datasets are given."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.datastructures import FormData

from app.access.deps import Editor, Viewer
from app.datasets.service import IncomingFile
from app.datasets.version_pages import ShownVersion, view_version
from app.web.deps import AppSettings, AppStorage, ReadSession, RowId
from app.web.forms import Form
from app.web.streaming_form import StreamedForm, read_streamed_form

PageNumber = Annotated[int, Query(ge=1, le=1_000_000_000)]


class Upload:
    """A form with a file. Unless a service finishes the file's writer, nothing of it is kept."""

    def __init__(self, streamed: StreamedForm) -> None:
        self.form = Form(FormData(streamed.fields))
        self.file = IncomingFile(streamed.filename, streamed.writer)


async def receive_upload(
    request: Request, storage: AppStorage, settings: AppSettings, actor: Editor
) -> AsyncIterator[Upload]:
    """Nobody's bytes are read before it is known that they may send them."""
    with storage.writer() as writer:
        streamed = await read_streamed_form(request, writer, limit=settings.upload_limit_bytes)
        yield Upload(streamed)


ReceivedUpload = Annotated[Upload, Depends(receive_upload, scope="function")]


def get_shown_version(
    session: ReadSession, actor: Viewer, dataset_id: RowId, number: RowId
) -> ShownVersion:
    return view_version(session, dataset_id, number)


Shown = Annotated[ShownVersion, Depends(get_shown_version, scope="function")]

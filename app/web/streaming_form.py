"""A form with one file in it, read while it arrives: the file goes straight to storage.

Starlette's own parser would first write the whole file to a temporary copy.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from app.core.errors import DomainError, Invalid, TooLarge
from app.core.storage import StorageWriter
from app.web.filters import filesize

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

BLOCK_BYTES = 1024 * 1024
FIELD_BYTES = 64 * 1024
FIELD_COUNT = 50


@dataclass
class StreamedForm:
    """`filename` is what the browser said, None without a file; its bytes are in `writer`."""

    writer: StorageWriter
    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None


async def read_streamed_form(
    request: Request, writer: StorageWriter, *, limit: int
) -> StreamedForm:
    """Raises TooLarge above `limit` bytes of file, and a refusal when the body is cut or broken."""
    reader = _Reader(StreamedForm(writer), limit)
    boundary = _boundary(request)
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
            if reader.pending_size >= BLOCK_BYTES:
                await run_in_threadpool(reader.flush)
        parser.finalize()
    except (ClientDisconnect, FormParserError) as error:
        raise DomainError("The upload was cut off. Send it again.") from error
    if not reader.is_complete:
        raise DomainError("The upload was cut off. Send it again.")
    await run_in_threadpool(reader.finish)
    return reader.form


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Invalid("Choose a file.", field="file")
    return options[b"boundary"]


class _Reader:
    """What the parser tells, part by part."""

    def __init__(self, form: StreamedForm, limit: int) -> None:
        self.form = form
        self.limit = limit
        self.is_complete = False
        self.pending_size = 0
        self._pending: list[bytes] = []
        self._header = [b"", b""]
        self._options: dict[bytes, bytes] = {}
        self._value = bytearray()
        self._is_file = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._read_header_name,
            "on_header_value": self._read_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._read_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def flush(self) -> None:
        """Hand what has come in to the writer."""
        for block in self._pending:
            self.form.writer.write(block)
        self._pending.clear()
        self.pending_size = 0

    def finish(self) -> None:
        self.flush()
        self.form.writer.sync()

    def _begin_part(self) -> None:
        self._header = [b"", b""]
        self._options = {}
        self._value = bytearray()
        self._is_file = False

    def _read_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _read_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _end_header(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            _, self._options = parse_options_header(self._header[1])
        self._header = [b"", b""]

    def _end_headers(self) -> None:
        """A form without a chosen file sends a file part with an empty name."""
        name = self._options.get(b"filename")
        self._is_file = name is not None
        if name and self.form.filename is None:
            self.form.filename = name.decode("utf-8", "replace")
        elif name:
            raise Invalid("Choose one file at a time.", field="file")

    def _read_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._keep_file_data(data[start:end])
        else:
            self._value += data[start:end]
            self._refuse_above(len(self._value), FIELD_BYTES)

    def _keep_file_data(self, data: bytes) -> None:
        self._pending.append(data)
        self.pending_size += len(data)
        self._refuse_above(self.form.writer.size + self.pending_size, self.limit)

    def _refuse_above(self, size: int, limit: int) -> None:
        if size > limit:
            raise TooLarge("This is larger than the limit of {limit}.", limit=filesize(limit))

    def _end_part(self) -> None:
        if not self._is_file:
            name = self._options.get(b"name", b"").decode("utf-8", "replace")
            self.form.fields[name] = self._value.decode("utf-8", "replace")
            if len(self.form.fields) > FIELD_COUNT:
                raise Invalid("The form has too many fields.")

    def _end(self) -> None:
        self.is_complete = True

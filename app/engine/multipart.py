"""A multipart form whose one large part goes straight to disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.engine.refusals import ApiError, bad_request

if TYPE_CHECKING:  # a name that is not there when the program runs
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELD_BYTES = 64 * 1024


@dataclass(slots=True)
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None
    size: int = 0


async def read_form(request: Request, file_field: str, path: Path, most: int) -> Form:
    """Streams the part named file_field to path, up to `most` bytes; other parts are short."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise bad_request("Expected a multipart/form-data body with a boundary.")
    with _receiver(file_field, path, most) as receiver:
        parser = MultipartParser(options[b"boundary"], receiver.callbacks())
        try:
            async for chunk in request.stream():
                parser.write(chunk)
            parser.finalize()
        except MultipartParseError as error:
            raise bad_request(f"We could not parse the multipart body: {error}") from None
        if not receiver.ended:
            raise bad_request("The multipart body ends too early.")
    return receiver.form


@contextmanager
def _receiver(file_field: str, path: Path, most: int) -> Iterator["_Receiver"]:
    with path.open("wb") as stream:
        yield _Receiver(file_field, stream, most)
        stream.flush()
        os.fsync(stream.fileno())


class _Receiver:
    def __init__(self, file_field: str, stream: BinaryIO, most: int) -> None:
        self.form = Form()
        self.ended = False
        self._file_field = file_field
        self._stream = stream
        self._most = most
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._name = ""
        self._is_file = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._disposition = b""
        self._header.clear()
        self._value.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = self._name == self._file_field
        if self._is_file:
            self.form.filename = options.get(b"filename", b"upload").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._stream.write(data[start:end])
            self.form.size += end - start
            if self.form.size > self._most:
                message = f"The file is larger than {self._most} bytes."
                raise ApiError(413, message, param=self._file_field)
        else:
            self._value += data[start:end]
            if len(self._value) > MAX_FIELD_BYTES:
                raise bad_request(f"The form field '{self._name}' is too long.")

    def _end(self) -> None:
        if not self._is_file:
            self.form.fields[self._name] = self._value.decode("utf-8", "replace")

    def _finish(self) -> None:
        self.ended = True

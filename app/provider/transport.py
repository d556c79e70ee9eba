"""The way out: connects only to allowed addresses and does not wait for an answer for ever."""

import contextlib
import socket
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from ssl import SSLContext
from time import monotonic
from typing import Any, Self
from weakref import WeakSet

import httpcore2
import httpx2

from app.provider.addresses import resolve

ANSWER_SECONDS = 60.0
ANSWER_BYTES = 16 * 1024 * 1024
# Files, and answers of models as they are written.
LONG_PATHS = ("/content", "/completions")
LONG_SECONDS = 900.0
LONG_BYTES = 64 * 1024 * 1024
# A look at a thousand jobs asks for many things at a time.
MOST_CONNECTIONS = 32
IDLE_SECONDS = 5.0


class HttpClient(httpx2.Client):
    """Follows no redirects: they could lead to an address that nobody entered.

    Takes no compressed answers: a small one may unpack to more than there is memory.
    """

    def __init__(self, *, allow_private: bool, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._lines = OpenLines()
        _clients.add(self)
        super().__init__(
            transport=CheckedTransport(allow_private, answer_seconds, self._lines),
            headers={"accept-encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )

    def hang_up(self) -> None:
        """From any thread: what is being read breaks off now, and nothing is asked any more."""
        self._lines.hang_up()


_clients: WeakSet[HttpClient] = WeakSet()


def hang_up_all() -> None:
    """For the end of the process, which must not wait for any provider."""
    for client in list(_clients):
        client.hang_up()


class CheckedTransport(httpx2.HTTPTransport):
    def __init__(self, allow_private: bool, answer_seconds: float, lines: "OpenLines") -> None:
        super().__init__(verify=_ssl_context())
        self._answer_seconds = answer_seconds
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=CheckedBackend(allow_private, lines),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        is_long = request.url.path.endswith(LONG_PATHS)
        self._bound_reading(request, LONG_SECONDS if is_long else self._answer_seconds)
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise httpx2.DecodingError("The answer is compressed.", request=request)
        response.stream = BoundedStream(response.stream, LONG_BYTES if is_long else ANSWER_BYTES)
        return response

    def _bound_reading(self, request: httpx2.Request, seconds: float) -> None:
        timeouts = dict(request.extensions.get("timeout", {}))
        silence = timeouts.get("read") or seconds
        timeouts["read"] = Patience(silence, max(seconds, silence))
        request.extensions = {**request.extensions, "timeout": timeouts}


class Patience(float):
    """A read timeout, the longest silence, that also knows when the whole answer has to be there:
    `seconds` after it was first waited for."""

    def __new__(cls, silence: float, seconds: float) -> Self:
        patience = super().__new__(cls, silence)
        patience.seconds = seconds
        return patience

    seconds: float
    ends_at: float | None = None

    @property
    def left(self) -> float:
        """Seconds until the next bytes have to come. Raises httpcore2.ReadTimeout."""
        if self.ends_at is None:
            self.ends_at = monotonic() + self.seconds
        left = self.ends_at - monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("The answer does not end.")
        return min(float(self), left)


class OpenLines:
    """The sockets of one client. A thread that waits at one is woken when it is shut."""

    def __init__(self) -> None:
        self._lock, self._is_shut = threading.Lock(), False
        self._lines: WeakSet[httpcore2.NetworkStream] = WeakSet()

    def add(self, line: httpcore2.NetworkStream) -> None:
        """Raises httpcore2.ConnectError after everything was hung up."""
        with self._lock:
            if not self._is_shut:
                self._lines.add(line)
                return
        line.close()
        raise httpcore2.ConnectError("Hung up.")

    def hang_up(self) -> None:
        with self._lock:
            self._is_shut = True
            for line in self._lines:
                with contextlib.suppress(OSError):
                    # As of a plain socket: that of TLS would forget its key while it is read.
                    socket.socket.shutdown(line.get_extra_info("socket"), socket.SHUT_RDWR)


class PatientStream(httpcore2.NetworkStream):
    """Passes everything on, and reads as long as the patience lasts."""

    def __init__(self, stream: httpcore2.NetworkStream, lines: OpenLines) -> None:
        self.stream, self.lines = stream, lines
        lines.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = timeout.left if isinstance(timeout, Patience) else timeout
        return self.stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, timeout)

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, timeout)
        return PatientStream(secured, self.lines)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class CheckedBackend(httpcore2.SyncBackend):
    """Checks the very address it connects to, so that a name cannot change in between."""

    def __init__(self, allow_private: bool, lines: OpenLines) -> None:
        self.allow_private, self.lines = allow_private, lines

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError(host)
        for address in self._addresses(host, port):
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return PatientStream(stream, self.lines)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return resolve(host, port, allow_private=self.allow_private)
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error


class BoundedStream(httpx2.SyncByteStream):
    """An answer that ends, even when its sender never does."""

    def __init__(self, stream: httpx2.SyncByteStream, most_bytes: int) -> None:
        self.stream, self.most_bytes = stream, most_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self.stream:
            size += len(chunk)
            if size > self.most_bytes:
                raise httpx2.ReadTimeout("The answer does not end.")
            yield chunk

    def close(self) -> None:
        self.stream.close()


@cache
def _ssl_context() -> SSLContext:
    """Reading the certificates takes 20 ms and more: once is enough."""
    return httpx2.create_ssl_context()

"""The way out: connects only to allowed addresses and does not wait for an answer for ever."""

import socket
from collections.abc import Iterable, Iterator
from functools import cache
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore2
import httpx2

from app.provider.addresses import resolve

ANSWER_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024
# A look at a thousand jobs asks for many things at a time.
MOST_CONNECTIONS = 32
IDLE_SECONDS = 5.0


def create_http_client(*, allow_private: bool) -> httpx2.Client:
    """Follows no redirects: they could lead to an address that nobody entered."""
    return httpx2.Client(
        transport=CheckedTransport(allow_private=allow_private),
        follow_redirects=False,
        trust_env=False,
    )


class CheckedTransport(httpx2.HTTPTransport):
    def __init__(self, *, allow_private: bool) -> None:
        super().__init__(verify=_ssl_context())
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=CheckedBackend(allow_private),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        if request.method == "GET" and not request.url.path.endswith("/content"):
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = BoundedStream(response.stream)
        return response


class CheckedBackend(httpcore2.SyncBackend):
    """Checks the very address it connects to, so that a name cannot change in between."""

    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private

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
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return resolve(host, port, allow_private=self.allow_private)
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error


class BoundedStream(httpx2.SyncByteStream):
    """An answer that ends in time and size, even when its sender never does."""

    def __init__(self, stream: httpx2.SyncByteStream, seconds: float = ANSWER_SECONDS) -> None:
        self.stream = stream
        self.ends_at = monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self.stream:
            size += len(chunk)
            if size > ANSWER_BYTES or monotonic() > self.ends_at:
                raise httpx2.ReadTimeout("The answer does not end.")
            yield chunk

    def close(self) -> None:
        self.stream.close()


@cache
def _ssl_context() -> SSLContext:
    """Reading the certificates takes 20 ms and more: once is enough."""
    return httpx2.create_ssl_context()

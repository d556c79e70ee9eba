"""What every request passes first: refusal, size limit, request id, language, safe headers."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import TooLarge
from app.core.logs import log
from app.web.filters import filesize
from app.web.language import use_language

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
# No cache between server and reader keeps what says nothing of it: downloads, redirects.
NOT_SHARED = "private, no-cache"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SMALL_BODY = 1024 * 1024
REQUEST_ID = re.compile(r"^[\w.-]{8,64}$")
# Room around the file itself: part headers and the other fields of the form.
FORM_OVERHEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LargeBody:
    """Requests that may bring `most` bytes; all others bring less than SMALL_BODY."""

    method: str
    path: re.Pattern[str]
    most: int


class Guard:
    """Pure ASGI, because middleware that wraps responses costs two thirds of the throughput."""

    def __init__(self, app: ASGIApp, *, large_bodies: Sequence[LargeBody]) -> None:
        self.app = app
        self.large_bodies = large_bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        use_language(Request(scope))
        guarded_send = _GuardedSend(scope, send, request_id)
        if scope["method"] not in SAFE_METHODS and is_cross_site(headers):
            refusal = PlainTextResponse("Cross-site request refused.", status_code=403)
            await refusal(scope, receive, guarded_send)
            return
        limited = limit_body(receive, headers, self._limit(scope))
        await self.app(scope, limited, guarded_send)

    def _limit(self, scope: Scope) -> int:
        fitting = (
            large.most
            for large in self.large_bodies
            if scope["method"] == large.method and large.path.search(scope["path"])
        )
        return next(fitting, SMALL_BODY)


class _GuardedSend:
    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self.scope, self.send, self.request_id = scope, send, request_id
        self.started = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", NOT_SHARED)
            self._log(message["status"])
        await self.send(message)

    def _log(self, status: int) -> None:
        if self.scope["path"].startswith("/static/"):
            return
        milliseconds = round((time.perf_counter() - self.started) * 1000, 1)
        log.info(
            "request",
            method=self.scope["method"],
            path=self.scope["path"],
            status=int(status),
            ms=milliseconds,
        )


def is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that another site sent this. Other clients send neither header."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def limit_body(receive: Receive, headers: Headers, limit: int) -> Receive:
    """Refuses a body above `limit` bytes and what a form adds to them, announced or not."""
    announced = headers.get("content-length", "0")
    most = limit + FORM_OVERHEAD
    received = int(announced) if announced.isdigit() and int(announced) > most else 0

    async def limited() -> Message:
        nonlocal received
        message = await receive() if received <= most else {}
        received += len(message.get("body", b""))
        if received > most:
            raise TooLarge("This is larger than the limit of {limit}.", limit=filesize(limit))
        return message

    return limited


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.match(given) else secrets.token_hex(8)

"""Requests per minute, with the headers by which OpenAI's clients pace themselves."""

import math
import threading
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.engine.ids import ORGANIZATION_ID
from app.engine.refusals import ApiError, too_many_requests


class Allowance:
    """A bucket of requests that fills up evenly; full at the start."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._left = float(per_minute)
        self._looked_at = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Takes one request; answers the seconds to wait when there is none, else 0."""
        with self._lock:
            now = self._clock()
            gained = (now - self._looked_at) * self.per_minute / 60
            self._left = min(self.per_minute, self._left + gained)
            self._looked_at = now
            if self._left < 1:
                return (1 - self._left) * 60 / self.per_minute
            self._left -= 1
            return 0.0

    def headers(self) -> dict[str, str]:
        missing = self.per_minute - self._left
        return {
            "x-ratelimit-limit-requests": str(self.per_minute),
            "x-ratelimit-remaining-requests": str(int(self._left)),
            "x-ratelimit-reset-requests": duration(missing * 60 / self.per_minute),
        }


class RateLimit:
    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self._app = app
        self._allowance = Allowance(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wait = self._allowance.take()
        given = self._allowance.headers()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(given)
            await send(message)

        if wait:
            error = refusal(self._allowance.per_minute, wait)
            answer = JSONResponse({"error": error.body}, error.status, error.headers)
            await answer(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def refusal(per_minute: int, wait: float) -> ApiError:
    message = (
        f"Rate limit reached for requests in organization {ORGANIZATION_ID} on requests per min "
        f"(RPM): Limit {per_minute}, Used {per_minute}, Requested 1. "
        f"Please try again in {duration(wait)}."
    )
    error = too_many_requests(message, math.ceil(wait))
    error.headers = {**(error.headers or {}), "retry-after-ms": str(math.ceil(wait * 1000))}
    return error


def duration(seconds: float) -> str:
    """As OpenAI writes it: 120ms, 1.5s, 6m30s."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"

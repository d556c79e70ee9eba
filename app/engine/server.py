"""The engine as a web application: an OpenAI-compatible fine-tuning server."""

import secrets
import time
from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header
from starlette.types import ASGIApp, Receive, Scope, Send

from app.engine import (
    completion_routes,
    file_routes,
    grader_routes,
    job_routes,
    model_routes,
    permission_routes,
    upload_routes,
)
from app.engine.chaos import Chaos
from app.engine.errors import add_error_handlers
from app.engine.ids import ORGANIZATION_ID
from app.engine.model_cache import ModelCache
from app.engine.options import EngineOptions
from app.engine.rate_limit import RateLimit
from app.engine.refusals import ApiError
from app.engine.scheduler import Scheduler
from app.engine.store import Store

NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header "
    "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
)


ROUTERS = (
    file_routes,
    upload_routes,
    job_routes,
    permission_routes,
    grader_routes,
    model_routes,
    completion_routes,
)


def create_engine_app(
    store: Store, key: str, scheduler: Scheduler, options: EngineOptions
) -> ASGIApp:
    def authorize(authorization: Annotated[str | None, Header()] = None) -> None:
        check_key(authorization, key)

    app = FastAPI(title="Tuneboard engine", openapi_url=None, redirect_slashes=False)
    app.state.store = store
    app.state.scheduler = scheduler
    app.state.model_cache = ModelCache(store)
    add_error_handlers(app)
    for module in ROUTERS:
        app.include_router(module.router, prefix="/v1", dependencies=[Depends(authorize)])
    limited = RateLimit(app, options.requests_per_minute)
    return AnswerHeaders(Chaos(limited, options.chaos) if options.chaos else limited)


def check_key(authorization: str | None, key: str) -> None:
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        raise ApiError(401, NO_KEY)
    if not secrets.compare_digest(given.strip().encode(), key.encode()):
        masked = f"{given[:3]}{'*' * 8}{given[-4:]}"
        where = "You can find the key in the file api_key of the engine's folder."
        message = f"Incorrect API key provided: {masked}. {where}"
        raise ApiError(401, message, code="invalid_api_key")


class AnswerHeaders:
    """Adds the headers OpenAI's answers carry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers(began)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers(began: float) -> list[tuple[bytes, bytes]]:
    milliseconds = int((time.perf_counter() - began) * 1000)
    values = {
        "x-request-id": f"req_{secrets.token_hex(16)}",
        "openai-processing-ms": str(milliseconds),
        "openai-version": "2020-10-01",
        "openai-organization": ORGANIZATION_ID,
    }
    return [(name.encode(), value.encode()) for name, value in values.items()]

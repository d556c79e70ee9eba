"""The application: middleware, error handlers, routers. The table of contents of the server."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from os import PathLike, stat_result

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app import tables
from app.access import audit_routes
from app.access import routes as access
from app.connections import routes as connections
from app.connections.service import ensure_engine_connection
from app.core.config import Settings, get_settings, resource_dir
from app.core.context import Context, create_context
from app.datasets import report_routes, version_routes
from app.datasets import routes as datasets
from app.datasets.deep import routes as alike
from app.datasets.overlap import routes as overlap
from app.datasets.uploads import routes as uploads
from app.engine_child import EngineChild
from app.imports import download_routes, mapping_routes
from app.imports import routes as imports
from app.jobs import page_routes as job_page
from app.jobs import routes as jobs
from app.overview import routes as overview
from app.playground import routes as playground
from app.recipes import routes as recipes
from app.web import health, preferences, styleguide
from app.web.errors import add_error_handlers
from app.web.guard import Guard, LargeBody
from app.web.render import environment
from app.web.sub_path import SubPath
from app.worker import Worker

FORM_WITH_FILE = re.compile(r"(/datasets(/\d+/versions)?|/imports)$")
CHUNK_OF_FILE = re.compile(r"/uploads/\d+$")
# More threads than this fight for the interpreter instead of serving more pages.
ROUTE_THREADS = 8
# A health check beside the server asks for it by these, whatever name the world knows it by.
OWN_NAMES = ["127.0.0.1", "localhost"]
HOUR_OF_SECONDS = 3_600
YEAR_OF_SECONDS = 31_536_000

assert tables  # importing the models is its purpose


def create_app(settings: Settings) -> FastAPI:
    context = create_context(settings)
    context.db.upgrade()
    app = FastAPI(title="Tuneboard", openapi_url=None, lifespan=_lifespan(context))
    app.state.context = context
    _add_middleware(app, settings)
    _add_routes(app)
    add_error_handlers(app)
    return app


def create_default_app() -> FastAPI:
    return create_app(get_settings())


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard, large_bodies=_large_bodies(settings))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*settings.trusted_hosts, *OWN_NAMES])
    app.add_middleware(SubPath, root_path=settings.root_path)


def _large_bodies(settings: Settings) -> list[LargeBody]:
    return [
        LargeBody("POST", FORM_WITH_FILE, settings.upload_limit_bytes),
        LargeBody("PATCH", CHUNK_OF_FILE, settings.upload_chunk_bytes),
    ]


def _add_routes(app: FastAPI) -> None:
    for feature in (
        health,
        preferences,
        styleguide,
        overview,
        access,
        audit_routes,
        connections,
        datasets,
        alike,
        overlap,
        version_routes,
        report_routes,
        uploads,
        mapping_routes,
        imports,
        download_routes,
        recipes,
        jobs,
        job_page,
        playground,
    ):
        answer_head(feature.router)
        app.include_router(feature.router)
    app.mount("/static", LongLivedFiles(directory=resource_dir("static")), name="static")


def answer_head(router: APIRouter) -> None:
    """What can be got can be asked for its head: by monitors, and to resume downloads."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            route.methods = {"GET", "HEAD"}


def _lifespan(context: Context) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = ROUTE_THREADS
        environment()
        with running_parts(context):
            yield
        context.db.close()

    return lifespan


@contextmanager
def running_parts(context: Context) -> Iterator[None]:
    """The worker and the engine, as far as the settings want them in this process."""
    # What is older than any upload may wait was left by a crash.
    context.storage.sweep(context.settings.upload_hours * HOUR_OF_SECONDS, time.time())
    worker, engine = Worker(context), EngineChild(context.settings, keep_engine(context))
    if context.settings.embedded_engine:
        engine.start()
    if context.settings.worker:
        worker.start()
    yield
    worker.stop()
    engine.stop()


def keep_engine(context: Context) -> Callable[[str, str], None]:
    """Tells the engine's connection the address and key of this start."""

    def keep(base_url: str, key: str) -> None:
        with context.db.write() as session:
            ensure_engine_connection(session, context.secrets, base_url, key)

    return keep


class LongLivedFiles(StaticFiles):
    """The address of a file carries its version, so a browser may keep it for a year."""

    def file_response(
        self,
        full_path: PathLike[str] | str,
        found: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, found, scope, status_code)
        if b"v=" in scope.get("query_string", b""):
            response.headers["cache-control"] = f"public, max-age={YEAR_OF_SECONDS}, immutable"
        else:
            response.headers["cache-control"] = "no-cache"
        return response

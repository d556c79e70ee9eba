"""Pages and redirects."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.config import resource_dir
from app.web.figures import sparkline_points
from app.web.filters import FILTERS
from app.web.language import (
    LANGUAGES,
    current_language,
    gettext,
    is_ours,
    ngettext,
    template_gettext,
)
from app.web.navigation import list_items

FLASH_COOKIE = "tuneboard_flash"
THEME_COOKIE = "tuneboard_theme"
THEMES = ("light", "dark")


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(resource_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(template_gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(FILTERS, sparkline_points=sparkline_points)
    env.globals["languages"] = LANGUAGES
    env.globals["nav_items"] = list_items
    return env


def render(
    request: Request, template: str, status: int = HTTPStatus.OK, **context: object
) -> HTMLResponse:
    """A page or a fragment in the reader's language."""
    language = current_language.get()
    flash = _read_flash(request)
    frame = {
        "request": request,
        "actor": getattr(request.state, "actor", None),
        "language": language,
        "theme": _theme(request),
        "flash": flash,
        "current_path": request.scope["path"].removeprefix(request.scope.get("root_path", "")),
        "url": _url_builder(request),
        "asset": _asset_builder(request),
    }
    html = environment().get_template(template).render(frame | context)
    response = HTMLResponse(html, status_code=status)
    response.headers["cache-control"] = "no-store"
    if flash and not is_partial(request):
        response.delete_cookie(FLASH_COOKIE, path=cookie_path(request))
    return response


def redirect(request: Request, path: str, flash: str | None = None, **params: object) -> Response:
    """Move on to another page; `flash` is a sentence to show there."""
    target = request.scope.get("root_path", "") + path
    response: Response
    if is_partial(request):
        response = Response(status_code=HTTPStatus.OK, headers={"hx-redirect": target})
    else:
        response = RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER)
    if flash is not None:
        payload = json.dumps({"sentence": flash, "params": params}).encode()
        response.set_cookie(
            FLASH_COOKIE,
            urlsafe_b64encode(payload).decode(),
            max_age=60,
            httponly=True,
            samesite="lax",
            path=cookie_path(request),
        )
    return response


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of a page: the only header that tells it reliably."""
    return request.headers.get("hx-request-type") == "partial"


def cookie_path(request: Request) -> str:
    return request.scope.get("root_path", "") or "/"


def _theme(request: Request) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def _read_flash(request: Request) -> str:
    cookie = request.cookies.get(FLASH_COOKIE)
    if not cookie:
        return ""
    try:
        flash = json.loads(urlsafe_b64decode(cookie))
        sentence, params = flash["sentence"], flash["params"]
        # A cookie can be anybody's: only our own sentences are said and formatted.
        said = gettext(sentence).format(**params) if is_ours(sentence) else ""
        return said.encode(errors="replace").decode()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return ""


def _url_builder(request: Request) -> Callable[[str], str]:
    root = request.scope.get("root_path", "")
    return lambda path: f"{root}{path}"


def _asset_builder(request: Request) -> Callable[[str], str]:
    root = request.scope.get("root_path", "")
    return lambda path: f"{root}/static/{path}?v={_asset_version(path)}"


@cache
def _asset_version(path: str) -> str:
    """Changes when the file does, so that browsers may keep it for a year."""
    file = Path(resource_dir("static")) / path
    return f"{file.stat().st_mtime_ns:x}" if file.is_file() else "0"

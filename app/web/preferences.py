"""Language and theme: a reader's own, kept in cookies so that the first byte is right."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.web.language import LANGUAGE_COOKIE, LANGUAGES
from app.web.render import THEME_COOKIE, THEMES, cookie_path, redirect

router = APIRouter()
YEAR = 365 * 86_400


@router.post("/language")
def choose_language(
    request: Request, language: Annotated[str, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    answer = redirect(request, safe_path(back))
    if language in LANGUAGES:
        _keep(request, answer, LANGUAGE_COOKIE, language)
    return answer


@router.post("/theme")
def choose_theme(
    request: Request, theme: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/"
) -> Response:
    """An empty theme follows the system again."""
    answer = redirect(request, safe_path(back))
    if theme in THEMES:
        _keep(request, answer, THEME_COOKIE, theme)
    else:
        answer.delete_cookie(THEME_COOKIE, path=cookie_path(request))
    return answer


def safe_path(path: str) -> str:
    """A path of ours; anything that could lead to another site becomes the first page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours and path.isprintable() else "/"


def _keep(request: Request, answer: Response, cookie: str, value: str) -> None:
    answer.set_cookie(cookie, value, max_age=YEAR, samesite="lax", path=cookie_path(request))

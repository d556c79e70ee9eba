"""Refusals and failures as a page, as one partial aimed at the flash region, or as JSON."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InternalError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.core.errors import DomainError
from app.core.logs import log
from app.core.text import N_
from app.web.guard import SECURITY_HEADERS
from app.web.language import gettext, say
from app.web.render import is_partial, redirect, render
from app.web.troubles import find_trouble

SENTENCES = {
    HTTPStatus.NOT_FOUND: N_("There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("This address does not take this request."),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("The request cannot be understood."),
}
RETRY_SECONDS = "5"
OTHERWISE = N_("The request was refused.")
FAILURE = N_("Something went wrong on our side. It has been noted; try again in a moment.")


class SignedOut(Exception):
    """Nobody is signed in, or the session has run out."""


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(SignedOut, _signed_out)
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    for kind in (OperationalError, InternalError, OSError):
        app.add_exception_handler(kind, _in_the_way)
    app.add_exception_handler(Exception, _failed)


def _signed_out(request: Request, _error: Exception) -> Response:
    if wants_json(request):
        return _json(HTTPStatus.UNAUTHORIZED, "signed_out", gettext(N_("Sign in first.")))
    answer = redirect(request, "/login")
    if is_partial(request):
        answer.status_code = HTTPStatus.UNAUTHORIZED
    return answer


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return answer_error(request, error.status, error.code, say(error))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    sentence = gettext(SENTENCES.get(status, OTHERWISE))
    return answer_error(request, status, status.name.lower(), sentence)


def _bad_request(request: Request, _error: Exception) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer_error(request, status, "invalid", gettext(SENTENCES[status]))


def _in_the_way(request: Request, error: Exception) -> Response:
    """Of the machine, not of us; what is not known is a failure like any other."""
    trouble = find_trouble(error)
    if trouble is None:
        return _failed(request, error)
    log.error("trouble", path=request.url.path, code=trouble.code, error=str(error)[:500])
    answer = answer_error(request, trouble.status, trouble.code, gettext(trouble.sentence))
    answer.headers["retry-after"] = RETRY_SECONDS
    return answer


def _failed(request: Request, error: Exception) -> Response:
    log.error("failed", path=request.url.path, exc_info=error)
    answer = answer_error(request, HTTPStatus.INTERNAL_SERVER_ERROR, "failed", gettext(FAILURE))
    # The server-error layer is outside the guard, which cannot add them here.
    answer.headers.update(SECURITY_HEADERS)
    return answer


def answer_error(request: Request, status: HTTPStatus, code: str, sentence: str) -> Response:
    if wants_json(request):
        return _json(status, code, sentence)
    template = "errors/refused.partials.html" if is_partial(request) else "errors/show.html"
    return render(request, template, status=status, sentence=sentence, error_status=status)


def wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return request.url.path.endswith(".json") or accept.startswith("application/json")


def _json(status: HTTPStatus, code: str, sentence: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": sentence}}, status_code=status)

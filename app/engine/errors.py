"""Refusals in OpenAI's shape: {"error": {"message", "type", "param", "code"}}."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.logs import log
from app.engine.refusals import ApiError, bad_request, server_error
from app.engine.store import is_disk_full

TYPE_NAMES = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "a boolean",
    "bool_parsing": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
JSON_NAMES = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal number"}
BOUNDS = {
    "greater_than": ("below_min_value", "a value > {gt}"),
    "greater_than_equal": ("below_min_value", "a value >= {ge}"),
    "less_than_equal": ("above_max_value", "a value <= {le}"),
}


def add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    def api_error(_request: Request, error: ApiError) -> JSONResponse:
        return JSONResponse({"error": error.body}, error.status, error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        refusal = _unrecognized(request, error) or refusal_of(error.errors())
        return JSONResponse({"error": refusal.body}, refusal.status)

    @app.exception_handler(HTTPException)
    def unknown_address(request: Request, error: HTTPException) -> JSONResponse:
        refusal = _http_refusal(request, error)
        return JSONResponse({"error": refusal.body}, refusal.status, error.headers)

    @app.exception_handler(OSError)
    @app.exception_handler(sqlite3.OperationalError)
    @app.exception_handler(Exception)
    def broken(_request: Request, error: Exception) -> JSONResponse:
        log.error("engine request failed", exc_info=error)
        refusal = server_error()
        if is_disk_full(error):
            refusal = server_error(507, message="The server's disk is full.")
        return JSONResponse({"error": refusal.body}, refusal.status)


def _unrecognized(request: Request, error: RequestValidationError) -> ApiError | None:
    """The two oldest addresses say it in their own way."""
    names = [
        str(found["loc"][1])
        for found in error.errors()
        if found["type"] == "extra_forbidden" and len(found["loc"]) == 2
    ]
    if not names or not request.url.path.endswith("/completions"):
        return None
    word = "argument" if len(names) == 1 else "arguments"
    return bad_request(f"Unrecognized request {word} supplied: {', '.join(names)}")


def _http_refusal(request: Request, error: HTTPException) -> ApiError:
    where = f"{request.method} {request.url.path}"
    match error.status_code:
        case 404:
            return ApiError(404, f"Invalid URL ({where})")
        case 405:
            message = f"Not allowed to {request.method} on {request.url.path}."
            return ApiError(405, message, code="method_not_supported")
    return ApiError(error.status_code, str(error.detail))


def refusal_of(errors: Sequence[Mapping[str, Any]]) -> ApiError:
    """OpenAI's sentence for the first thing wrong with a request."""
    error = errors[0]
    kind = str(error["type"])
    param = ".".join(_path(error["loc"])) or None
    if kind == "json_invalid" or (kind in TYPE_NAMES and param is None):
        return bad_request("We could not parse the JSON body of your request.")
    if kind == "missing":
        message = f"Missing required parameter: '{param}'." if param else "Missing request body."
        return bad_request(message, param=param, code="missing_required_parameter")
    if kind == "extra_forbidden":
        message = f"Unknown parameter: '{param}'."
        return bad_request(message, param=param, code="unknown_parameter")
    if kind in TYPE_NAMES:
        given = JSON_NAMES.get(type(error["input"]), _json_name(error["input"]))
        message = (
            f"Invalid type for '{param}': expected {TYPE_NAMES[kind]}, but got {given} instead."
        )
        return bad_request(message, param=param, code="invalid_type")
    return _invalid_value(error, kind, param)


def _invalid_value(error: Mapping[str, Any], kind: str, param: str | None) -> ApiError:
    if kind in BOUNDS:
        suffix, wanted = BOUNDS[kind]
        number = "integer" if isinstance(error["input"], int) else "decimal"
        side = suffix.removesuffix("_value").replace("_", " ").replace("min", "minimum")
        message = (
            f"Invalid '{param}': {number} {side.replace('max', 'maximum')} value. Expected "
            f"{wanted.format(**error['ctx'])}, but got {error['input']} instead."
        )
        return bad_request(message, param=param, code=f"{number}_{suffix}")
    detail = str(error["msg"]).removeprefix("Value error, ")
    return bad_request(f"Invalid '{param}': {detail}", param=param, code="invalid_value")


def _path(location: Sequence[str | int]) -> list[str]:
    """The place in the request, without FastAPI's first word and pydantic's union branches."""
    names = [str(part) for part in location[1:]]
    return [name for name in names if not name.startswith(("constrained-", "literal["))]


def _json_name(value: object) -> str:
    if value is None:
        return "null"
    return "an object" if isinstance(value, dict) else "an array"

"""A provider at the wire: handlers that answer requests."""

import json
from collections.abc import Callable
from typing import Any

import httpx2

from app.provider.client import ProviderClient

Handler = Callable[[httpx2.Request], httpx2.Response]
ConnectClient = Callable[..., ProviderClient]

KEY = "sk-planted-key-0123456789"
BASE_URL = "http://provider.test/v1"


def reply(body: object, status: int = 200, **headers: str) -> Handler:
    return lambda _request: httpx2.Response(status, json=body, headers=headers)


def refusal(status: int, code: str | None = None, message: str = "No.", **headers: str) -> Handler:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return reply({"error": error}, status, **headers)


def sent_body(request: httpx2.Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.read())
    return body

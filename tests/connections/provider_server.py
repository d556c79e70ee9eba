"""A provider on a real port whose behaviour a test chooses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-planted-0123456789abcdef"
MODELS = {
    "data": [
        {"id": "tiny-chat", "owned_by": "system", "created": 1700000000},
        {
            "id": "ft:tiny-chat:team:stars:abc",
            "owned_by": "team",
            "created": 1700000000,
            "shutdown_date": "2027-01-14",
        },
    ]
}
JOBS = {"data": [], "has_more": False}
Answer = tuple[int, object]


@dataclass
class ProviderServer:
    """`answers` maps method and path to (status, JSON body); everything else is 404."""

    url: str = ""
    answers: dict[str, Answer] = field(
        default_factory=lambda: {
            "GET /v1/models": (200, MODELS),
            "GET /v1/fine_tuning/jobs": (200, JOBS),
            "POST /v1/fine_tuning/jobs": (400, {"error": {"message": "Missing model."}}),
        }
    )
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def refuses(self, place: str, status: int, code: str | None = None) -> None:
        error = {"message": "No.", "type": "invalid_request_error", "param": None, "code": code}
        self.answers[place] = (status, {"error": error})

    def answer(self, place: str, key: str | None) -> Answer:
        self.asked.append(place)
        self.keys.append(key)
        return self.answers.get(place, (404, {"detail": "Not Found"}))


@contextmanager
def serving() -> Iterator[ProviderServer]:
    provider = ProviderServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(provider))
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def handler_of(provider: ProviderServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self._reply()

        def _reply(self) -> None:
            place = f"{self.command} {self.path.partition('?')[0]}"
            status, body = provider.answer(place, self.headers.get("authorization"))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

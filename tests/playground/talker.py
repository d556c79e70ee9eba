"""A provider on a real port that says what a test wants, at the pace it wants."""

import json
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-planted-0123456789abcdef"
Body = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    status: int
    message: str = "No."
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Speech:
    """Pieces of every sample, then the end. `cut`: the connection breaks instead; without a
    finish it just ends."""

    pieces: tuple[str, ...] = ("Hello",)
    pause: float = 0.0
    finish: str = "stop"
    cut: bool = False
    silence: float = 0.0


Script = Callable[[str, Body], Refusal | Speech]


@dataclass
class Talker:
    """`left` is set when a listener hung up in the middle."""

    script: Script = lambda _path, _body: Speech()
    url: str = ""
    asked: list[tuple[str, Body]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def says(self, **by_model: Refusal | Speech) -> None:
        """Model names without their dashes."""
        self.script = lambda _path, body: by_model[body["model"].replace("-", "")]

    def body_for(self, model: str) -> Body:
        return next(body for _, body in self.asked if body["model"] == model)


@contextmanager
def serve_talker() -> Iterator[Talker]:
    talker = Talker()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(talker))
    server.daemon_threads = True
    server.block_on_close = False
    talker.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield talker
    server.shutdown()
    server.server_close()
    thread.join(5)


class Handler(BaseHTTPRequestHandler):
    talker: Talker

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.removeprefix("/v1/")
        self.talker.asked.append((path, body))
        said = self.talker.script(path, body)
        try:
            if isinstance(said, Refusal):
                self.refuse(said)
            else:
                self.speak(said, path, body)
        except OSError:
            self.talker.left.set()

    def refuse(self, refusal: Refusal) -> None:
        error = {"message": refusal.message, "type": "x", "code": refusal.code}
        self.begin(refusal.status, {"content-type": "application/json", **refusal.headers})
        self.wfile.write(json.dumps({"error": error}).encode())

    def speak(self, speech: Speech, path: str, body: Body) -> None:
        self.wait(speech.silence)
        more = {"content-length": "1000000"} if speech.cut else {}
        self.begin(200, {"content-type": "text/event-stream", **more})
        for index in range(body.get("n") or 1):
            self.say_pieces(speech, path, index)
        if speech.finish and not speech.cut:
            usage = {"prompt_tokens": 11, "completion_tokens": len(speech.pieces)}
            self.say({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

    def say_pieces(self, speech: Speech, path: str, index: int) -> None:
        for piece in speech.pieces:
            delta = {"text": piece} if path == "completions" else {"delta": {"content": piece}}
            self.say({"choices": [{"index": index, **delta, "finish_reason": None}]})
            self.wait(speech.pause)
        if speech.finish and not speech.cut:
            end = {"index": index, "delta": {}, "finish_reason": speech.finish}
            self.say({"choices": [end]})

    def wait(self, seconds: float) -> None:
        """Raises OSError when the listener hangs up: nothing else can come from there now."""
        if select.select([self.connection], [], [], seconds)[0]:
            raise ConnectionAbortedError

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def say(self, chunk: Body) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        pass


def handler_of(talker: Talker) -> type[Handler]:
    return type("BoundHandler", (Handler,), {"talker": talker})

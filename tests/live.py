"""A real server in a thread: test clients hold a stream back until it ends."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from tests.free_port import free_port

START_SECONDS = 20.0


@dataclass(frozen=True)
class LiveServer:
    url: str
    server: uvicorn.Server

    @property
    def busy_count(self) -> int:
        """Answers on their way, streams among them."""
        return len(self.server.server_state.tasks)


@contextmanager
def serve_in_thread(app: FastAPI) -> Iterator[LiveServer]:
    """Serves until the block ends; streams that are still open are cut then."""
    port = free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="live-server")
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server takes too long to start"
        time.sleep(0.01)
    yield LiveServer(f"http://127.0.0.1:{port}", server)
    server.should_exit = True
    thread.join(START_SECONDS)
    assert not thread.is_alive(), "the server does not stop"

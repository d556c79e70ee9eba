"""Serving the engine."""

import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from app.engine.options import EngineOptions
from app.engine.scheduler import Scheduler
from app.engine.server import create_engine_app
from app.engine.store import Store, lock_store, write_atomically
from app.engine.webhooks import WebhookSender

STOP_SECONDS = 2
DEFAULTS = EngineOptions()


def serve(
    data_dir: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    options: EngineOptions = DEFAULTS,
    *,
    until_stdin_closes: bool = False,
    announce: Callable[[str], object] | None = None,
) -> None:
    """Serves the store in data_dir until stopped; port 0 takes a free one.

    Announces one line with address and key (to standard output unless told otherwise) and writes
    the address to data_dir/address. Raises StoreInUse when another engine serves data_dir,
    OSError when the port is taken.
    """
    root = data_dir.absolute()
    with lock_store(root), _listening(host, port) as listener:
        key = load_key(root)
        store = Store(root)
        scheduler, sender = Scheduler(store, options.workers), WebhookSender(store, options.webhook)
        server = _server(create_engine_app(store, key, scheduler, options))
        address = _address(host, listener.getsockname()[1])
        write_atomically(root / "address", address)
        (announce or _say)(f"The engine listens at {address} and its key is {key}")
        if until_stdin_closes:
            threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
        scheduler.start()
        sender.start()
        try:
            server.run(sockets=[listener])
        finally:
            sender.stop()
            scheduler.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def load_key(root: Path) -> str:
    """The key of this store, made at first use and readable by its owner only."""
    path = root / "api_key"
    if not path.exists():
        write_atomically(path, f"sk-{secrets.token_urlsafe(36)}", mode=0o600)
    return path.read_text(encoding="utf-8").strip()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=256)
    listener.set_inheritable(False)
    return listener


def _address(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}/v1"


def _server(app: object) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


def _stop_with_stdin(server: uvicorn.Server) -> None:
    """Whoever started us holds our standard input; when they are gone, so are we."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.should_exit = True
    timer = threading.Timer(2 * STOP_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()

"""Server-sent events as OpenAI sends them."""

import orjson

from app.engine.wire import Json


def server_sent(data: Json | None) -> bytes:
    """None ends the stream."""
    body = b"[DONE]" if data is None else orjson.dumps(data)
    return b"data: " + body + b"\n\n"

"""Event streams: a page follows the database, whichever replica serves it.

A look at the database tells what is new since the last message; the stream ends with a `done`
event, which the page names in `hx-sse:close`. A browser that lost the stream comes back with
`Last-Event-ID` and gets what came since.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import StreamingResponse

PAUSE_SECONDS = 1.0
QUIET_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """HTML partials for the page without an `event`; data for its scripts with one."""

    data: str
    event: str = ""
    id: str = ""

    def encode(self) -> bytes:
        lines = [f"data: {line}" for line in self.data.splitlines()] or ["data:"]
        head = [f"id: {self.id}"] if self.id else []
        head += [f"event: {self.event}"] if self.event else []
        return ("\n".join(head + lines) + "\n\n").encode()


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the database brought. `done`: nothing more will come."""

    messages: Sequence[Message] = ()
    done: bool = False


Looker = Callable[[str], Look]
DONE = Message("", event="done")
KEEP_ALIVE = b": still here\n\n"


def stream(
    request: Request, look: Looker, *, after: str = "", pause: float = PAUSE_SECONDS
) -> StreamingResponse:
    """`look` is given the id of the last message the page has; it opens its own short session."""
    last_id = request.headers.get("last-event-id") or after
    return StreamingResponse(
        _messages(look, last_id, pause),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _messages(look: Looker, last_id: str, pause: float) -> AsyncIterator[bytes]:
    quiet = 0.0
    while True:
        found = await to_thread.run_sync(look, last_id)
        for message in found.messages:
            last_id = message.id or last_id
            yield message.encode()
        if found.done:
            yield DONE.encode()
            return
        quiet = 0.0 if found.messages else quiet + pause
        if quiet >= QUIET_SECONDS:
            quiet = 0.0
            yield KEEP_ALIVE
        await asyncio.sleep(pause)

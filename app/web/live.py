"""Event streams: a page follows the database, whichever replica serves it.

A look at the database tells what is new since the last message; the stream ends with a `done`
event, which the page names in `hx-sse:close`. A browser that lost the stream comes back with
`Last-Event-ID` and gets what came since.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import StreamingResponse

PAUSE_SECONDS = 1.0
QUIET_SECONDS = 15.0


@dataclass(frozen=True)
class Message:
    """HTML partials for the page without an `event`; data for its scripts with one."""

    data: str
    event: str = ""
    id: str = ""

    @cached_property
    def encoded(self) -> bytes:
        """Made once, however many are sent it."""
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
QuickLooker = Callable[[str], Look | None]
# Returns when there may be news, and after so many seconds in any case.
Wait = Callable[[float], Awaitable[object]]
DONE = Message("", event="done")
KEEP_ALIVE = b": still here\n\n"


def stream(
    request: Request,
    look: Looker,
    *,
    after: str = "",
    pause: float = PAUSE_SECONDS,
    at_hand: QuickLooker | None = None,
    following: AbstractContextManager[Wait] | None = None,
) -> StreamingResponse:
    """`look` is given the id of the last message the page has; it opens its own short session.

    It is called every `pause` seconds, and whenever `following` says so; in a thread, unless
    `at_hand` knows the answer already.
    """
    last_id = request.headers.get("last-event-id") or after
    return StreamingResponse(
        _messages(
            look,
            at_hand or _nothing_at_hand,
            last_id,
            pause,
            following or nullcontext(asyncio.sleep),
        ),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def _nothing_at_hand(_last_id: str) -> Look | None:
    return None


async def _messages(
    look: Looker,
    at_hand: QuickLooker,
    last_id: str,
    pause: float,
    following: AbstractContextManager[Wait],
) -> AsyncIterator[bytes]:
    spoke_at = time.monotonic()
    with following as wait:
        while True:
            found = at_hand(last_id)
            if found is None:
                found = await to_thread.run_sync(look, last_id)
            if found.messages:
                yield b"".join(message.encoded for message in found.messages)
                last_id = next((each.id for each in found.messages[::-1] if each.id), last_id)
            if found.done:
                yield DONE.encoded
                return
            is_quiet = time.monotonic() - spoke_at >= QUIET_SECONDS
            if is_quiet:
                yield KEEP_ALIVE
            if is_quiet or found.messages:
                spoke_at = time.monotonic()
            await wait(pause)

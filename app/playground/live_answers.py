"""The answer to a prompt as an event stream: one for the page, with the text of all columns."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.core.context import Context
from app.playground.asking import Progress, answer_exchange
from app.playground.models import Column, Exchange
from app.playground.pages import history_of
from app.web.live import DONE, KEEP_ALIVE, QUIET_SECONDS, Message
from app.web.render import render

HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class AnswerStream(StreamingResponse):
    """Ends the providers' streams as soon as the reader is gone. The thread that asks goes on
    until what came is written down."""

    def __init__(self, request: Request, context: Context, exchange: Exchange) -> None:
        self.request, self.context, self.exchange = request, context, exchange
        self.stop = threading.Event()
        super().__init__(self._encoded(), media_type="text/event-stream", headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.stop.set()

    async def _encoded(self) -> AsyncIterator[bytes]:
        yield Message(str(self.exchange.id), event="exchange").encoded
        yield self._columns(self.exchange.shown_columns).encoded
        async for progress in self._progress():
            if progress is None:
                yield KEEP_ALIVE
                continue
            for message in self._messages(progress):
                yield message.encoded
        yield (await to_thread.run_sync(self._history)).encoded
        yield DONE.encoded

    async def _progress(self) -> AsyncIterator[Progress | None]:
        """None when nothing has come for a while, so that no proxy takes the stream for dead."""
        inbox: asyncio.Queue[Progress | None] = asyncio.Queue()
        pump = _Pump(self, asyncio.get_running_loop(), inbox)
        threading.Thread(target=pump.run, name=f"exchange-{self.exchange.id}", daemon=True).start()
        while True:
            try:
                progress = await asyncio.wait_for(inbox.get(), QUIET_SECONDS)
            except TimeoutError:
                yield None
                continue
            if progress is None:
                return
            yield progress

    def _messages(self, progress: Progress) -> Iterator[Message]:
        # ASCII: a line separator inside the text would end the line of the stream.
        if progress.texts:
            yield Message(json.dumps(progress.texts), event="delta")
        if progress.ended:
            yield self._columns(progress.ended)

    def _columns(self, columns: Sequence[Column]) -> Message:
        page = render(
            self.request,
            "playground/answers.partials.html",
            columns=columns,
            expected=self.exchange.expected or "",
        )
        return Message(bytes(page.body).decode())

    def _history(self) -> Message:
        with self.context.db.read() as session:
            page = render(
                self.request, "playground/history.partials.html", history=history_of(session)
            )
        return Message(bytes(page.body).decode())


class _Pump:
    """Carries what comes from the thread that asks into the loop that answers."""

    def __init__(
        self,
        stream: AnswerStream,
        loop: asyncio.AbstractEventLoop,
        inbox: "asyncio.Queue[Progress | None]",
    ) -> None:
        self.stream, self.loop, self.inbox = stream, loop, inbox

    def run(self) -> None:
        stream = self.stream
        steps = answer_exchange(stream.context, stream.exchange.id or 0, stream.stop)
        # A loop that was closed meanwhile takes no more; closing keeps what came all the same.
        with suppress(RuntimeError), closing(steps):
            for progress in steps:
                self._put(progress)
        with suppress(RuntimeError):
            self._put(None)

    def _put(self, progress: Progress | None) -> None:
        self.loop.call_soon_threadsafe(self.inbox.put_nowait, progress)

"""Asks every column of an exchange at once and keeps what comes, whatever becomes of the others.

Each column is read by a thread of its own, which touches nothing but an inbox; one reader of the
inbox owns the columns and writes them down. No session is open while a provider is read.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from app.connections.models import Connection
from app.connections.service import client_for, get_connection
from app.core.context import Context
from app.core.errors import DomainError, TooLarge
from app.core.logs import log
from app.core.text import N_
from app.playground.failures import record_of
from app.playground.models import Answer, Column, ColumnState, Endpoint, Exchange
from app.playground.questions import stream_parts
from app.playground.service import get_exchange, keep_columns
from app.provider.client import ProviderClient
from app.provider.types import Delta, Finish, StreamPart, Usage

LOOK_SECONDS = 0.1
# Pieces that come so close together travel in one message.
GATHER_SECONDS = 0.03
LONGEST_SECONDS = 300.0
MOST_LETTERS = 400_000
FAILURE = N_("Something went wrong on our side. It has been noted; try again in a moment.")


@dataclass(frozen=True, slots=True)
class Arrived:
    """Something that came for a column, so many seconds after it was asked."""

    key: str
    what: StreamPart | Endpoint | DomainError | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """New text as (key of the column, number of the answer, text), and columns that ended."""

    texts: list[tuple[str, int, str]] = field(default_factory=list)
    ended: list[Column] = field(default_factory=list)


def answer_exchange(
    context: Context, exchange_id: int, stop: threading.Event
) -> Generator[Progress, None, None]:
    """What comes in, bit by bit, until all columns have ended or `stop` is set.

    The columns are kept whenever one ends, and at the end whatever happens.
    """
    with context.db.read() as session:
        exchange = get_exchange(session, exchange_id)
        connection = get_connection(session, exchange.connection_id)
    columns = {column.key: column for column in exchange.shown_columns}
    inbox: queue.SimpleQueue[Arrived] = queue.SimpleQueue()
    readers = _start_threads(context, connection, exchange, inbox, stop)
    try:
        while not stop.is_set() and any(column.is_open for column in columns.values()):
            progress = _take(columns, _gather(inbox))
            if progress.ended:
                keep_columns(context, exchange_id, list(columns.values()), ended=False)
            yield progress
    finally:
        stop.set()
        for reader in readers:
            reader.hang_up()
        _take(columns, _waiting(inbox))
        for column in columns.values():
            column.state = ColumnState.STOPPED if column.is_open else column.state
        keep_columns(context, exchange_id, list(columns.values()), ended=True)


def answer_whole(context: Context, exchange_id: int) -> None:
    """For who does not watch."""
    for _progress in answer_exchange(context, exchange_id, threading.Event()):
        pass


def _start_threads(
    context: Context,
    connection: Connection,
    exchange: Exchange,
    inbox: "queue.SimpleQueue[Arrived]",
    stop: threading.Event,
) -> "list[_Reader]":
    readers = [
        _Reader(context, connection, exchange, column, inbox.put, stop)
        for column in exchange.shown_columns
    ]
    for reader in readers:
        name = f"ask-{reader.column.key}"
        threading.Thread(target=reader.read, name=name, daemon=True).start()
    return readers


@dataclass
class _Reader:
    context: Context
    connection: Connection
    exchange: Exchange
    column: Column
    put: Callable[[Arrived], None]
    stop: threading.Event
    started: float = field(default_factory=time.monotonic)
    client: ProviderClient | None = None

    def read(self) -> None:
        """Says how it ended, unless nobody waits for it any more."""
        try:
            self._read_parts()
        except DomainError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - a thread must not end in silence
            log.error("playground failed", exchange=self.exchange.id, exc_info=error)
            self._end(DomainError(FAILURE))
        else:
            self._end(None)

    def _end(self, error: DomainError | None) -> None:
        """A line that we broke ourselves is no failure of the provider."""
        if not self.stop.is_set():
            self._say(error)

    def hang_up(self) -> None:
        """Once `stop` is set: the provider, however silent, is listened to no more."""
        if self.client is not None:
            self.client.hang_up()

    def _read_parts(self) -> None:
        letters = 0
        with client_for(self.connection, self.context.secrets, self.context.settings) as client:
            self.client = client
            if self.stop.is_set():
                return
            parts = stream_parts(client, self.column, self.exchange, self._say)
            with closing(parts):
                for part in parts:
                    if self.stop.is_set():
                        return
                    self._say(part)
                    letters += len(part.text) if isinstance(part, Delta) else 0
                    self._refuse_endless(letters)

    def _say(self, what: StreamPart | Endpoint | DomainError | None) -> None:
        self.put(Arrived(self.column.key, what, time.monotonic() - self.started))

    def _refuse_endless(self, letters: int) -> None:
        if letters > MOST_LETTERS or time.monotonic() - self.started > LONGEST_SECONDS:
            minutes = round(LONGEST_SECONDS / 60)
            raise TooLarge(
                "The answer was cut: it was longer than {letters} letters or {minutes} minutes.",
                letters=f"{MOST_LETTERS:,}",
                minutes=minutes,
            )


def _gather(inbox: "queue.SimpleQueue[Arrived]") -> Iterator[Arrived]:
    """What there is after the first has come; nothing when nothing comes for a while."""
    try:
        yield inbox.get(timeout=LOOK_SECONDS)
    except queue.Empty:
        return
    time.sleep(GATHER_SECONDS)
    yield from _waiting(inbox)


def _waiting(inbox: "queue.SimpleQueue[Arrived]") -> Iterator[Arrived]:
    while True:
        try:
            yield inbox.get_nowait()
        except queue.Empty:
            return


def _take(columns: dict[str, Column], arrivals: Iterator[Arrived]) -> Progress:
    progress = Progress()
    for arrived in arrivals:
        column = columns[arrived.key]
        _take_one(column, arrived, progress)
        if not column.is_open:
            progress.ended.append(column)
    return progress


def _take_one(column: Column, arrived: Arrived, progress: Progress) -> None:
    match arrived.what:
        case Delta(index, text):
            number, clean = min(index, len(column.answers) - 1), _printable(text)
            column.answers[number].text += clean
            column.first_seconds = column.first_seconds or arrived.seconds
            progress.texts.append((column.key, number, clean))
        case Finish(index, reason):
            _answer(column.answers, index).finish_reason = reason
        case Usage(prompt_tokens, completion_tokens):
            column.prompt_tokens, column.completion_tokens = prompt_tokens, completion_tokens
        case Endpoint() as asked_as:
            column.asked_as = asked_as
        case DomainError() as error:
            column.state, column.error = ColumnState.FAILED, record_of(error, column)
            column.seconds = arrived.seconds
        case None:
            column.state, column.seconds = ColumnState.ANSWERED, arrived.seconds


def _answer(answers: Sequence[Answer], index: int) -> Answer:
    return answers[min(index, len(answers) - 1)]


def _printable(text: str) -> str:
    """Without what no page and no database can hold: half characters and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

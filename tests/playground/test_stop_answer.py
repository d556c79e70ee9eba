"""A reader who leaves ends the provider's stream; what came until then is kept."""

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import Session

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.context import Context
from app.playground.asking import answer_exchange
from app.playground.models import LEFT_BEHIND_AFTER, Column, ColumnState, Exchange
from app.playground.schemas import PromptSend
from app.playground.service import get_exchange, send_prompt
from tests.conftest import sign_in
from tests.engine_fixture import wait_until
from tests.live import LiveServer, serve_in_thread
from tests.playground.conftest import PARTIAL, FormFor, last_exchange
from tests.playground.talker import Speech, Talker

SLOW = Speech(tuple(f"{number} " for number in range(400)), pause=0.05)
SILENT = Speech(silence=30)


@pytest.fixture
def server(app: FastAPI) -> Iterator[LiveServer]:
    with serve_in_thread(app) as server:
        yield server


@pytest.fixture
def browser(context: Context, server: LiveServer) -> Iterator[httpx2.Client]:
    cookies = {"tuneboard_session": sign_in(context, "Ed")}
    headers = {"sec-fetch-site": "same-origin", **PARTIAL}
    with httpx2.Client(base_url=server.url, cookies=cookies, headers=headers) as browser:
        yield browser


def listen_until(browser: httpx2.Client, form: dict[str, object], word: str) -> None:
    """Reads the stream until the word has come, and leaves."""
    heard = ""
    with browser.stream("POST", "/playground", data=form) as answer:
        for piece in answer.iter_text():
            heard += piece
            if word in heard:
                return
    raise AssertionError(heard)


def test_text_arrives_while_it_is_written(
    browser: httpx2.Client, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    talker.says(large=Speech(("one", "two", "three"), pause=0.4))
    started, arrived = time.monotonic(), dict[str, float]()
    with browser.stream("POST", "/playground", data=form_for(connection, "large")) as answer:
        for piece in answer.iter_text():
            for word in ("one", "three"):
                if f'"{word}"' in piece:
                    arrived[word] = time.monotonic() - started
    assert arrived["one"] < arrived["three"] - 0.4


def test_leaving_ends_the_providers_stream_and_keeps_what_came(
    browser: httpx2.Client,
    connection: Connection,
    talker: Talker,
    form_for: FormFor,
    session: Session,
) -> None:
    talker.says(large=SLOW, small=Speech(("done",)))
    listen_until(browser, form_for(connection, "large", "small"), '"5 "')
    assert talker.left.wait(5)
    wait_until(lambda: last_exchange(session).ended_at, 5)
    slow, done = last_exchange(session).shown_columns
    assert slow.state is ColumnState.STOPPED
    assert slow.answers[0].text.startswith("0 1 2 3 4 5 ")
    assert "399" not in slow.answers[0].text
    assert (done.state, done.answers[0].text) == (ColumnState.ANSWERED, "done")
    page = browser.get(f"/playground?exchange={last_exchange(session).id}").text
    assert "Stopped. What came is kept." in page


def test_leaving_while_a_provider_is_silent_does_not_wait_for_it(
    browser: httpx2.Client,
    connection: Connection,
    talker: Talker,
    form_for: FormFor,
    session: Session,
) -> None:
    talker.says(large=SILENT)
    with browser.stream("POST", "/playground", data=form_for(connection, "large")):
        wait_until(lambda: talker.asked, 5)
    assert talker.left.wait(5), "somebody still listens to the provider"
    wait_until(lambda: last_exchange(session).ended_at, 5)
    [column] = last_exchange(session).shown_columns
    assert column.state is ColumnState.STOPPED
    page = browser.get(f"/playground?exchange={last_exchange(session).id}").text
    assert "Stopped before anything came." in page


def test_leaving_a_provider_that_falls_silent_hangs_up_at_once(
    browser: httpx2.Client, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    talker.says(large=Speech(("I", "think"), pause=30))
    listen_until(browser, form_for(connection, "large"), '"I"')
    assert talker.left.wait(5)


def test_pages_answer_while_many_prompts_wait(
    browser: httpx2.Client, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    talker.says(large=SILENT)
    form = form_for(connection, *["large"] * 4)
    streams = [browser.stream("POST", "/playground", data=form) for _ in range(5)]
    for stream in streams:
        assert stream.__enter__().status_code == 200
    started = time.monotonic()
    assert browser.get("/playground").status_code == 200
    assert time.monotonic() - started < 5
    for stream in streams:
        stream.__exit__(None, None, None)


def test_no_session_is_open_while_a_provider_talks(
    context: Context, editor: Actor, connection: Connection, talker: Talker
) -> None:
    talker.says(large=Speech(("a", "b", "c"), pause=0.1))
    exchange = send(context, editor, connection)
    open_before = context.db.engine.pool.checkedout()  # type: ignore[attr-defined]
    found = {
        context.db.engine.pool.checkedout()  # type: ignore[attr-defined]
        for _ in answer_exchange(context, exchange.id or 0, threading.Event())
    }
    assert found == {open_before}


def test_what_a_dead_server_left_open_counts_as_stopped(
    context: Context, editor: Actor, connection: Connection
) -> None:
    exchange = send(context, editor, connection)
    assert exchange.shown_columns[0].is_open
    with context.db.write() as session:
        get_exchange(session, exchange.id or 0).asked_at -= LEFT_BEHIND_AFTER
    with context.db.read() as session:
        [column] = get_exchange(session, exchange.id or 0).shown_columns
    assert column.state is ColumnState.STOPPED


def send(context: Context, editor: Actor, connection: Connection) -> Exchange:
    data = PromptSend(connection_id=connection.id or 0, prompt="Who are you?")
    return send_prompt(context, editor, [Column(key="c1", model="large")], data)

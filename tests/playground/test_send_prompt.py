"""A prompt is sent to every column; what comes is streamed, kept, and shown again."""

import json
import re
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app.audit.models import AuditAction, AuditEntry
from app.connections.models import Connection
from app.connections.service import get_connection
from app.core.clock import now
from app.core.context import Context
from app.playground.models import Column, ColumnState, Exchange
from app.playground.schemas import LONGEST_TEXT
from tests.playground.conftest import PARTIAL, FormFor, last_exchange
from tests.playground.talker import KEY, Refusal, Speech, Talker

pytestmark = pytest.mark.slow

HOSTILE = """</div><script>alert(1)</script><hx-partial hx-target="#flash">{{ 7*7 }}%(x)s"""


def events_of(text: str) -> list[tuple[str, str]]:
    """(name of the event, data), as a browser reads the stream."""
    found = []
    for block in re.split(r"\n\n", text):
        lines = [line.partition(": ") for line in block.split("\n") if line]
        data = "\n".join(value for name, _, value in lines if name == "data")
        name = next((value for name, _, value in lines if name == "event"), "")
        found.append((name, data))
    return [event for event in found if event != ("", "")]


def streamed_text(text: str, key: str, number: int = 0) -> str:
    pieces = [
        piece for name, data in events_of(text) if name == "delta" for piece in json.loads(data)
    ]
    return "".join(piece for of, index, piece in pieces if (of, index) == (key, number))


def send(client: TestClient, form: dict[str, Any]) -> str:
    answer = client.post("/playground", data=form, headers=PARTIAL)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer.text


def column(session: Session, number: int = 0) -> Column:
    return last_exchange(session).shown_columns[number]


def test_every_column_is_answered_in_one_stream(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    talker.says(large=Speech(("I am ", "large.")), small=Speech(("I am small.",), finish="length"))
    form = form_for(connection, "large", "small", system=["Be kind.", ""], temperature="0.5")
    text = send(ed, form)
    assert streamed_text(text, "c1") == "I am large."
    assert streamed_text(text, "c2") == "I am small."
    names = [name for name, _ in events_of(text)]
    assert (names[0], names[-1]) == ("exchange", "done")
    assert 'hx-target="#column-c2-answers"' in text
    assert "cut at the limit of tokens" in text
    exchange = last_exchange(session)
    assert exchange.ended_at is not None
    assert (exchange.asked_by, exchange.prompt) == ("Ed", "Who are you?")
    first, second = exchange.shown_columns
    assert (first.state, first.answers[0].text) == (ColumnState.ANSWERED, "I am large.")
    assert (first.prompt_tokens, first.completion_tokens) == (11, 2)
    assert first.seconds is not None
    assert 0 < (first.first_seconds or 0) <= first.seconds
    assert second.answers[0].finish_reason == "length"


def test_what_is_sent_is_what_was_typed(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    form = form_for(
        connection, "large", "small", prompt="Line one\r\nline two", system=["Be kind.", ""],
        temperature="0", top_p="0.9", max_tokens="5", seed="7", n="2", stop=" END\r\n\\n\r\n",
    )  # fmt: skip
    send(ed, form)
    body = talker.body_for("large")
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Line one\nline two"},
    ]
    wanted = {"temperature": 0, "top_p": 0.9, "max_tokens": 5, "seed": 7, "n": 2}
    assert {name: body[name] for name in wanted} == wanted
    assert body["stop"] == [" END", "\n"]
    assert talker.body_for("small")["messages"] == [
        {"role": "user", "content": "Line one\nline two"}
    ]


def test_what_is_left_open_is_left_to_the_provider(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    send(ed, form_for(connection, "large", temperature="", max_tokens="", seed="", stop=""))
    names = {"temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "n"}
    assert not names & talker.body_for("large").keys()


def test_samples_are_told_apart(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    text = send(ed, form_for(connection, "large", n="3"))
    assert [streamed_text(text, "c1", number) for number in range(3)] == ["Hello"] * 3
    assert [answer.text for answer in column(session).answers] == ["Hello"] * 3


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (Refusal(429, headers={"retry-after": "12"}), "asks for a pause of 12 s"),
        (Refusal(429), "too much was asked at once"),
        (Refusal(404, "The model `large` does not exist", "model_not_found"), "needs a minute"),
        (Refusal(404, ""), "does not offer chat here"),
        (Refusal(401, f"Incorrect key {KEY}"), "The key was not accepted"),
        (Refusal(500), "has a fault of its own"),
        (Refusal(400, "temperature is not a toy"), "temperature is not a toy"),
    ],
)
def test_one_that_fails_says_why_and_the_others_go_on(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session,
    refusal: Refusal, sentence: str,
) -> None:  # fmt: skip
    talker.says(large=refusal, small=Speech(("fine",)))
    text = send(ed, form_for(connection, "large", "small"))
    assert streamed_text(text, "c2") == "fine"
    failed, fine = last_exchange(session).shown_columns
    assert fine.state is ColumnState.ANSWERED
    assert failed.state is ColumnState.FAILED
    assert sentence in text
    assert KEY not in text + json.dumps(last_exchange(session).columns)


def test_an_answer_that_breaks_off_is_kept_and_said(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    talker.says(large=Speech(("half an ans",), cut=True), small=Speech(("no end",), finish=""))
    text = send(ed, form_for(connection, "large", "small"))
    broken, endless = last_exchange(session).shown_columns
    assert (broken.state, broken.answers[0].text) == (ColumnState.FAILED, "half an ans")
    assert "<b>The answer broke off.</b> 127.0.0.1" in text
    assert "broke off the connection before its answer was complete" in text
    assert (endless.state, endless.answers[0].text) == (ColumnState.ANSWERED, "no end")
    assert "may be cut off" in text


def test_a_provider_that_is_not_there(
    ed: TestClient, context: Context, connection: Connection, form_for: FormFor, session: Session
) -> None:
    with context.db.write() as writing:
        get_connection(writing, connection.id or 0).base_url = "http://127.0.0.1:9/v1"
    text = send(ed, form_for(connection, "large"))
    assert "Nothing answers at 127.0.0.1" in text
    assert column(session).state is ColumnState.FAILED


def test_a_completion_model_gets_a_completion(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    form = form_for(
        connection, "babbage-002", "large", system=["Stars:", ""], endpoint=["auto", "completion"]
    )
    text = send(ed, form)
    assert streamed_text(text, "c1") == "Hello"
    assert {path for path, _ in talker.asked} == {"completions"}
    assert talker.body_for("babbage-002")["prompt"] == "Stars:\n\nWho are you?"


def test_a_model_that_refuses_to_chat_is_asked_to_complete(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    wrong = Refusal(404, "This is not a chat model. Did you mean to use v1/completions?")
    talker.script = lambda path, _body: Speech(("written on",)) if path == "completions" else wrong
    text = send(ed, form_for(connection, "large"))
    assert streamed_text(text, "c1") == "written on"
    assert column(session).asked_as == "completion"
    send(ed, form_for(connection, "large", endpoint=["chat"]))
    assert column(session).state is ColumnState.FAILED


def test_hostile_text_stays_text(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    talker.says(large=Speech((HOSTILE, "\u2028\u0000\ud800 한글 끝\n")))
    text = send(ed, form_for(connection, "large", prompt=HOSTILE, system=[HOSTILE]))
    assert streamed_text(text, "c1") == HOSTILE + "\u2028\ufffd? 한글 끝\n"
    page = ed.get(f"/playground?exchange={last_exchange(session).id}").text
    for shown in ("".join(data for name, data in events_of(text) if not name), page):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert page.count("<hx-partial") == 0


def test_without_scripts_the_page_comes_with_all_answers(
    ed: TestClient, connection: Connection, form_for: FormFor, session: Session
) -> None:
    answer = ed.post("/playground", data=form_for(connection, "large", system=["Be kind."]))
    assert answer.status_code == 303
    page = ed.get(answer.headers["location"]).text
    assert "Hello" in page
    assert "11 tokens in, 1 out" in page
    assert "Be kind." in page
    assert column(session).system == "Be kind."


def test_an_answer_is_compared_with_the_data(
    ed: TestClient, connection: Connection, form_for: FormFor
) -> None:
    assert "as in the data</span>" in send(ed, form_for(connection, "large", expected="Hello "))
    assert "not as in the data" in send(ed, form_for(connection, "large", expected="Bye"))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "This is needed."),
    ({"prompt": "  \n"}, "Type a prompt."),
    ({"prompt": "x" * (LONGEST_TEXT + 1)}, f"Type at most {LONGEST_TEXT} characters."),
    ({"prompt": "a\0b"}, "characters that cannot be used"),
    ({"system": ["x" * (LONGEST_TEXT + 1)]}, f"Type at most {LONGEST_TEXT} characters."),
    ({"model": [""]}, "Choose a model."),
    ({"model": ["m" * 301]}, "Type at most 300 characters."),
    ({"temperature": "hot"}, "Type a number."),
    ({"temperature": "nan"}, "cannot be used"),
    ({"top_p": "0"}, "Type a number above 0."),
    ({"temperature": "2.1"}, "Type 2 or less."),
    ({"max_tokens": "1.5"}, "Type a whole number."),
    ({"n": "9"}, "Type 8 or less."),
    ({"seed": "-1"}, "Type 0 or more."),
    ({"stop": "a\nb\nc\nd\ne"}, "Type at most 4 sequences."),
    ({"column": ["<b>"]}, "The request cannot be understood."),
]


@pytest.mark.parametrize(("wrong", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_said_and_nothing_is_lost(
    ed: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session,
    wrong: dict[str, Any], sentence: str,
) -> None:  # fmt: skip
    form = form_for(connection, "large", **({"system": ["Kept & safe"]} | wrong))
    for headers in (PARTIAL, {}):
        answer = ed.post("/playground", data=form, headers=headers)
        assert answer.status_code == 422
        assert sentence in answer.text
        kept = str(wrong.get("prompt", "Who are you?")).strip()
        assert kept.replace("\0", "") in answer.text.replace("\0", "")
        assert "Kept &amp; safe" in answer.text or "system" in wrong or "column" in wrong
    assert talker.asked == []
    assert session.exec(select(Exchange)).all() == []


def test_five_models_are_too_many(
    ed: TestClient, connection: Connection, form_for: FormFor
) -> None:
    answer = ed.post("/playground", data=form_for(connection, *["large"] * 5), headers=PARTIAL)
    assert answer.status_code == 422
    assert "Choose at most 4 models." in answer.text


def test_a_retired_connection_is_not_asked(
    ed: TestClient, context: Context, connection: Connection, talker: Talker, form_for: FormFor
) -> None:
    with context.db.write() as writing:
        get_connection(writing, connection.id or 0).retired_at = now()
    answer = ed.post("/playground", data=form_for(connection, "large"), headers=PARTIAL)
    assert answer.status_code == 409
    assert "This connection is retired." in answer.text
    assert talker.asked == []


def test_a_viewer_sends_nothing(
    vi: TestClient, connection: Connection, talker: Talker, form_for: FormFor, session: Session
) -> None:
    answer = vi.post("/playground", data=form_for(connection, "large"), headers=PARTIAL)
    assert answer.status_code == 403
    assert talker.asked == []
    assert session.exec(select(Exchange)).all() == []
    page = vi.get("/playground")
    assert "Only an editor or admin may send prompts." in page.text


def test_the_audit_trail_says_who_asked_what(
    ed: TestClient, connection: Connection, form_for: FormFor, session: Session
) -> None:
    send(ed, form_for(connection, "large", "small"))
    query = select(AuditEntry).where(AuditEntry.action == AuditAction.PROMPT_SENT)
    entry = session.exec(query).one()
    assert (entry.actor_name, entry.subject_id) == ("Ed", last_exchange(session).id)
    assert entry.detail == {"connection": "Lab", "models": ["large", "small"]}

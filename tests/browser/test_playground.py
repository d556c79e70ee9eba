"""The playground in a real browser: base and tuned side by side, streamed, stopped, linked."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.connections.models import Connection
from app.connections.service import get_connection, list_connections
from app.core.context import Context
from tests.browser.conftest import PageFor
from tests.engine.samples import SYSTEM, chat_rows, finished, upload
from tests.engine_fixture import EngineServer, wait_until
from tests.live import LiveServer
from tests.playground.talker import Speech, Talker, serve_talker

pytestmark = pytest.mark.browser

IS_FREE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
LONG = "아주 긴 한국어 답변입니다. 띄어쓰기없이이어지는말도있고그래도칸을넘지않습니다. " * 30
SLOW = Speech(tuple(f"낱말{number} " for number in range(300)), pause=0.05)


@pytest.fixture(scope="session")
def tuned_model(engine_server: EngineServer) -> str:
    with engine_server.client() as client:
        file_id = upload(client, chat_rows(120))
        job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=file_id)
        return finished(client, job, 60).fine_tuned_model or ""


@pytest.fixture
def talker() -> Iterator[Talker]:
    with serve_talker() as talker:
        yield talker


@pytest.fixture
def lab(context: Context, talker: Talker) -> Connection:
    names = ("large", "small")
    connection = Connection(
        name="Lab",
        profile_name="compatible",
        base_url=talker.url,
        models=[
            {"id": name, "owned_by": None, "created_at": None, "shutdown_date": None}
            | {"is_tuned": False}
            for name in names
        ],
    )
    with context.db.write() as session:
        session.add(connection)
    return connection


def knows_its_models(context: Context, connection: Connection) -> bool:
    """The worker reads the list in the background; a page shows what was known when it came."""
    with context.db.read() as session:
        return bool(get_connection(session, connection.id or 0).models)


def column(page: Page, number: int) -> str:
    return f"#playground-columns > :nth-child({number})"


def answers(page: Page, number: int) -> str:
    return f"{column(page, number)} .column__answers"


@pytest.mark.parametrize("width", [1440, 390])
def test_base_and_tuned_answer_side_by_side(
    page_for: PageFor, live_server: LiveServer, context: Context, engine_connection: Connection,
    tuned_model: str, width: int,
) -> None:  # fmt: skip
    wait_until(lambda: knows_its_models(context, engine_connection))
    page = page_for("Ed", width)
    page.goto(f"{live_server.url}/playground?model={tuned_model}&system={SYSTEM}&temperature=0")
    page.get_by_role("button", name="Add a model").click()
    page.locator(column(page, 2)).get_by_label("Model", exact=True).select_option("tiny-chat")
    expect(
        page.locator(column(page, 2)).get_by_role("textbox", name="System prompt")
    ).to_have_value(SYSTEM)
    page.get_by_label("What all models are asked").fill("the app love it widget")
    page.keyboard.press("Control+Enter")
    expect(page.locator(answers(page, 1)).locator(".bubble")).to_have_text("5")
    expect(page.locator(answers(page, 1))).to_contain_text("1 out")
    expect(page.locator(answers(page, 2))).to_have_attribute("data-state", "answered")
    expect(page.locator("#playground-history")).to_contain_text("the app love it widget")
    expect(page).to_have_url(re.compile("exchange="))
    assert page.evaluate(IS_FREE)
    page.reload()
    expect(page.locator(answers(page, 1)).locator(".bubble")).to_have_text("5")


def test_the_same_model_with_another_system_prompt(
    page_for: PageFor, live_server: LiveServer, lab: Connection, talker: Talker
) -> None:
    talker.script = lambda _path, body: Speech((f"as {body['messages'][0]['content']}",))
    page = page_for("Ed")
    page.goto(f"{live_server.url}/playground?connection={lab.id}&model=large&system=a+cat")
    copy = page.get_by_role("button", name="Same model, another system prompt")
    copy.first.click()
    page.keyboard.type("a dog")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(re.escape("system=a+cat&system=a+dog")))
    page.get_by_label("What all models are asked").fill("Who are you?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(answers(page, 1)).locator(".bubble")).to_have_text("as a cat")
    expect(page.locator(answers(page, 2)).locator(".bubble")).to_have_text("as a dog")
    copy.first.click()
    copy.first.click()
    expect(copy.first).to_be_disabled()
    assert page.locator("#playground-columns > *").count() == 4
    page.get_by_role("button", name="Remove this model").first.click()
    expect(page.locator(answers(page, 3)).locator(".bubble")).to_have_text("as a dog")


def test_text_grows_and_stops_when_told(
    page_for: PageFor, live_server: LiveServer, lab: Connection, talker: Talker
) -> None:
    talker.says(large=SLOW, small=Speech(("fine",)))
    page = page_for("Ed")
    page.goto(f"{live_server.url}/playground?connection={lab.id}&model=large&model=small")
    page.get_by_label("What all models are asked").fill("Go on")
    page.get_by_role("button", name="Send").click()
    growing = page.locator(answers(page, 1)).locator(".bubble")
    expect(growing).to_contain_text("낱말2 ")
    expect(page.locator(answers(page, 2)).locator(".bubble")).to_have_text("fine")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(answers(page, 1))).to_contain_text("Stopped. What came is kept.")
    assert talker.left.wait(5)
    assert "낱말299" not in growing.inner_text()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    expect(page.locator("#playground-history")).to_contain_text("stopped")


def test_what_is_wrong_is_said_in_place_and_nothing_is_lost(
    page_for: PageFor, live_server: LiveServer, lab: Connection, talker: Talker
) -> None:
    page = page_for("Ed")
    page.goto(f"{live_server.url}/playground?connection={lab.id}&model=large")
    page.get_by_role("textbox", name="System prompt").fill("Stay <b>here</b>")
    page.get_by_label("What all models are asked").fill("   ")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#error-prompt")).to_have_text("Type a prompt.")
    expect(page.get_by_role("textbox", name="System prompt")).to_have_value("Stay <b>here</b>")
    page.get_by_label("What all models are asked").fill("First")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(answers(page, 1)).locator(".bubble")).to_have_text("Hello")
    expect(page.locator("#error-prompt")).to_have_count(0)


@pytest.mark.parametrize(("width", "language"), [(1440, "ko-KR"), (390, "en-US"), (320, "ko-KR")])
def test_long_answers_stay_in_their_columns(
    page_for: PageFor, live_server: LiveServer, context: Context, lab: Connection, talker: Talker,
    width: int, language: str,
) -> None:  # fmt: skip
    talker.says(large=Speech((LONG, "x" * 400)), small=Speech((LONG,)))
    with context.db.read() as session:
        assert len(list_connections(session)) == 1
    page = page_for("Ed", width, dark=True, language=language)
    page.goto(f"{live_server.url}/playground?model=large&model=small&model=large&model=small")
    page.locator("[name=prompt]").fill("길게 말해 주세요")
    page.locator("#playground-send").click()
    for number in range(1, 5):
        expect(page.locator(answers(page, number))).to_have_attribute("data-state", "answered")
    assert page.evaluate(IS_FREE)

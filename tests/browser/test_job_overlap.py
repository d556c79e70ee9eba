"""The form of a new job has its data compared by itself, and says what was found meanwhile."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from app.connections.models import Connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.datasets import checking
from app.datasets.models import DatasetVersion
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, create_dataset
from app.jobs.models import Job
from app.worker import do_all_due
from tests.browser.conftest import PageFor
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 20_000
SAID = "배송이 정말 빨랐고 포장도 꼼꼼해서 마음에 들었습니다. 다음에도 여기서 주문하려고 합니다"
FOUND = "검증 @1 shares 1 of its 12 examples with 학습 @1, exactly or nearly."


def row(text: str) -> str:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "5"}]
    return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


@pytest.fixture
def connection(context: Context) -> Connection:
    model = {"id": "tiny", "owned_by": None, "created_at": None, "shutdown_date": None}
    connection = Connection(
        name="Elsewhere",
        profile_name="compatible",
        base_url="http://127.0.0.1:9/v1",
        models=[model | {"is_tuned": False}],
        models_due_at=now() + timedelta(days=1),
    )
    with context.db.write() as session:
        session.add(connection)
    return connection


@pytest.fixture
def versions(context: Context, editor: Actor) -> list[DatasetVersion]:
    """Training and validation data: one example is nearly in both, none exactly."""
    made = []
    for name, last in (("학습", SAID), ("검증", SAID + "!")):
        texts = [*(f"{name} {number}" for number in range(11)), last]
        with context.db.write() as session, context.storage.writer() as writer:
            writer.write("".join(map(row, texts)).encode())
            file = IncomingFile(f"{name}.jsonl", writer)
            made.append(create_dataset(session, editor, DatasetCreate(name=name), file))
    do_all_due(context, checking.TASKS)
    return made


def test_what_both_have_needs_a_tick(
    page_for: PageFor,
    live_server: LiveServer,
    context: Context,
    connection: Connection,
    versions: list[DatasetVersion],
) -> None:
    page = page_for("Ed")
    training, validation = versions
    page.goto(f"{live_server.url}/jobs/new?version={training.id}")
    page.get_by_label("Validation data").select_option(str(validation.id))
    expect(page.locator("#job-warnings")).to_contain_text(FOUND, timeout=PATIENCE)
    expect(page.locator("#job-card")).to_contain_text("1 of 12 validation examples is in the")
    expect(page.locator("#job-card")).not_to_contain_text("still being compared")
    page.get_by_role("button", name="Create the job").click()
    expect(page.locator("#error-accepted")).to_be_visible()
    page.get_by_label("I have read this").check()
    page.get_by_label("Reason").fill("시험입니다")
    page.get_by_role("button", name="Create the job").click()
    expect(page.get_by_role("heading", name="학습 @1, tiny")).to_be_visible()
    with context.db.read() as session:
        assert session.exec(select(Job)).one().warnings_reason == "시험입니다"

"""Trouble on purpose, by a plan."""

import time
from pathlib import Path

import httpx2
import pytest
from openai import APIConnectionError, InternalServerError, OpenAI, RateLimitError

from app.engine.chaos import BadPlan, read_plan
from tests.engine.samples import chat_rows, upload
from tests.engine_fixture import CHECKOUT, EngineServer

PLAN = """
seed = 11

[[rule]]
do = "refuse"
path = "/v1/models"
status = 429
retry_after = 7
times = 1

[[rule]]
do = "refuse"
path = "/v1/models/*"
status = 500
chance = 0.5

[[rule]]
do = "delay"
path = "/v1/models"
seconds = [0.2, 0.3]

[[rule]]
do = "drop"
method = "POST"
path = "/v1/fine_tuning/jobs"
when = "after"
times = 1

[[rule]]
do = "drop"
method = "DELETE"
path = "/v1/files/*"
times = 1

[[rule]]
do = "repeat_page"
path = "/v1/files"
times = 3
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.slow
def test_everything_on_the_plan_happens(tmp_path: Path, plan: Path) -> None:
    with (
        EngineServer(tmp_path / "engine", "--chaos", str(plan)) as engine,
        engine.client() as client,
    ):
        check_refusals_and_delay(client)
        check_drops(client)
        check_pages(client)


def check_refusals_and_delay(client: OpenAI) -> None:
    with pytest.raises(RateLimitError) as refused:
        client.models.list()
    assert refused.value.response.headers["retry-after"] == "7"
    assert refused.value.request_id is not None
    began = time.monotonic()
    assert client.models.list().data
    assert time.monotonic() - began >= 0.2
    answers = [was_served(client) for _ in range(12)]
    assert {True, False} == set(answers)


def was_served(client: OpenAI) -> bool:
    try:
        client.models.retrieve("tiny-chat")
    except InternalServerError:
        return False
    return True


def check_drops(client: OpenAI) -> None:
    training = upload(client, chat_rows(3))
    with pytest.raises(APIConnectionError):
        client.fine_tuning.jobs.create(model="tiny-chat", training_file=training)
    assert len(client.fine_tuning.jobs.list().data) == 1  # done, only the answer was lost
    with pytest.raises(APIConnectionError):
        client.files.delete(training)
    assert client.files.retrieve(training).id == training  # lost before it was done
    assert client.files.delete(training).deleted


def check_pages(client: OpenAI) -> None:
    ids = [upload(client, chat_rows(1)) for _ in range(3)]
    first = client.files.list(limit=2)
    again = client.files.list(limit=2, after=first.data[-1].id)
    assert [file.id for file in again.data] == [file.id for file in first.data] == ids[:0:-1]
    assert again.has_more
    client.files.list()
    assert client.files.list(limit=2, after=ids[1]).data[0].id == ids[0]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_trouble(tmp_path: Path, plan: Path) -> None:
    courses = []
    for name in ("one", "two"):
        with (
            EngineServer(tmp_path / name, "--chaos", str(plan)) as engine,
            engine.client() as client,
        ):
            courses.append([was_served(client) for _ in range(20)])
    assert courses[0] == courses[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rule = 3", "rule: Input should be a valid list"),
        ('[[rule]]\ndo = "shout"', "rule.0"),
        ('[[rule]]\ndo = "drop"\ncolour = 1', "rule.0.drop.colour"),
        ('[[rule]]\ndo = "delay"\nseconds = [2, 1]', "seconds is [least, most]"),
        ("[[rule", "plan.toml: "),
    ],
)
def test_a_bad_plan_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPlan) as refused:
        read_plan(path)
    assert said in str(refused.value)


def test_the_documented_plan_can_be_read(tmp_path: Path) -> None:
    text = (CHECKOUT / "docs" / "engine.md").read_text(encoding="utf-8")
    path = tmp_path / "plan.toml"
    path.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [rule.do for rule in read_plan(path).rule] == ["delay", "refuse", "drop", "repeat_page"]


def test_nothing_happens_without_a_plan(engine: EngineServer) -> None:
    with engine.http() as http:
        answers = {http.get("/models").status_code for _ in range(20)}
    assert answers == {httpx2.codes.OK}

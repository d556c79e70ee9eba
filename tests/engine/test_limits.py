"""Requests a minute, tokens of a store, and the headers of every answer."""

import time
from pathlib import Path

import pytest
from openai import BadRequestError, OpenAI, RateLimitError
from openai.types.fine_tuning import FineTuningJob

from app.engine.rate_limit import Allowance, duration
from tests.engine.samples import chat_rows, events_of, finished, upload
from tests.engine_fixture import EngineServer


@pytest.mark.slow
def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    with EngineServer(tmp_path, "--requests-per-minute", "60") as engine:
        with engine.client() as client, pytest.raises(RateLimitError) as refused:
            ask_often(client)
        assert (refused.value.code, refused.value.type) == ("rate_limit_exceeded", "requests")
        assert "Limit 60, Used 60, Requested 1. Please try again in" in str(refused.value)
        headers = refused.value.response.headers
        assert headers["retry-after"] == "1"
        assert 0 < int(headers["retry-after-ms"]) <= 1000
        assert headers["x-ratelimit-remaining-requests"] == "0"
        with engine.client(max_retries=2) as patient:
            began = time.monotonic()
            assert patient.models.list().data
            assert time.monotonic() - began < 5


def ask_often(client: OpenAI) -> None:
    for _ in range(70):
        client.models.list()


def test_an_allowance_fills_up_evenly() -> None:
    now = [0.0]
    allowance = Allowance(3, clock=lambda: now[0])
    assert [allowance.take() for _ in range(4)] == [0, 0, 0, 20]
    now[0] = 5
    assert allowance.take() == pytest.approx(15)
    now[0] = 20
    assert allowance.take() == 0
    now[0] = 10_000
    assert allowance.headers()["x-ratelimit-remaining-requests"] == "0"
    assert [allowance.take() for _ in range(4)][:3] == [0, 0, 0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0ms"), (0.0201, "21ms"), (1.5, "1.5s"), (390, "6m30s")]
)
def test_durations_read_as_openais(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_every_answer_has_its_headers(engine: EngineServer) -> None:
    with engine.http() as http:
        answers = [
            http.get("/models"),
            http.get("/nothing"),
            http.post("/chat/completions", json={}),
        ]
    for answer in answers:
        assert answer.headers["x-request-id"].startswith("req_")
        assert int(answer.headers["openai-processing-ms"]) >= 0
        assert answer.headers["openai-version"] == "2020-10-01"
        assert answer.headers["openai-organization"] == "org-tuneboard"
        assert answer.headers["x-ratelimit-limit-requests"] == "30000"
        assert int(answer.headers["x-ratelimit-remaining-requests"]) > 0
        assert answer.headers["x-ratelimit-reset-requests"].endswith("s")
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3


@pytest.mark.slow
def test_a_quota_fails_the_job_that_would_pass_it(tmp_path: Path, client: OpenAI) -> None:
    cost = one_epoch(client)
    with EngineServer(tmp_path, "--token-quota", str(5 * cost)) as engine, engine.client() as poor:
        rows = upload(poor, chat_rows(10))
        jobs = [finished_or_failed(poor, rows, n_epochs) for n_epochs in (3, 3, 2, 1)]
        assert [job.status for job in jobs] == ["succeeded", "failed", "succeeded", "failed"]
        refused = jobs[1]
        assert refused.error is not None
        assert (refused.error.code, refused.error.param) == ("exceeded_quota", None)
        assert refused.error.message == (
            "Creating this fine-tuning job would exceed your hard limit, please check your plan "
            "and billing details"
        )
        assert (refused.finished_at, refused.hyperparameters.n_epochs) == (None, 3)
        assert isinstance(refused.hyperparameters.batch_size, int)
        assert events_of(poor, refused)[-1].level == "error"


def one_epoch(client: OpenAI) -> int:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat",
        training_file=upload(client, chat_rows(10)),
        hyperparameters={"n_epochs": 1},
    )
    tokens = finished(client, job).trained_tokens
    assert tokens is not None
    return tokens


def finished_or_failed(client: OpenAI, rows: str, n_epochs: int) -> FineTuningJob:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=rows, hyperparameters={"n_epochs": n_epochs}
    )
    return finished(client, job)


def test_lists_take_their_documented_parameters_only(engine: EngineServer) -> None:
    lists = {
        "/files": 10_000, "/fine_tuning/jobs": 1000, "/models": None,
        "/fine_tuning/jobs/ftjob-x/events": 1000, "/fine_tuning/jobs/ftjob-x/checkpoints": 1000,
    }  # fmt: skip
    with engine.http() as http:
        for path, most in lists.items():
            refusals = [http.get(path, params={"before": "x"})]
            if most is not None:
                limits = ("0", "-1", "ten", "1.5", str(most + 1))
                refusals += [http.get(path, params={"limit": limit}) for limit in limits]
            for answer in refusals:
                assert answer.status_code == 400, (path, answer.request.url)
            assert refusals[0].json()["error"]["message"] == "Unknown parameter: 'before'."
        assert http.get("/files", params={"limit": 10_000, "order": "asc"}).status_code == 200
        for params in ({"order": "up"}, {"after": "file-none"}):
            assert http.get("/files", params=params).status_code in {400, 404}
        both = "/fine_tuning/jobs?metadata=null&metadata[a]=b"
        assert http.get(both).json()["error"]["param"] == "metadata"
        assert http.get("/fine_tuning/jobs?metadata=some").status_code == 400


def test_no_page_is_empty_handed(tmp_path: Path) -> None:
    with EngineServer(tmp_path) as engine, engine.http() as http:
        empty = {"object": "list", "data": [], "has_more": False}
        assert http.get("/files").json() == {**empty, "first_id": "", "last_id": ""}
        assert http.get("/fine_tuning/jobs?metadata=null").json() == empty


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"colour": 1}, "Unrecognized request argument supplied: colour"),
        ({"colour": 1, "size": 2}, "Unrecognized request arguments supplied: colour, size"),
        ({"stream_options": {"include_usage": True}}, "only allowed when 'stream' is enabled"),
        ({"stream": True, "stream_options": {"colour": 1}}, "'stream_options.colour'"),
        ({"frequency_penalty": 3}, "Invalid 'frequency_penalty'"),
        ({"max_tokens": 0}, "Invalid 'max_tokens'"),
    ],
)
def test_unknown_arguments_of_a_chat_are_refused(
    client: OpenAI, given: dict[str, object], sentence: str
) -> None:
    body = {"model": "tiny-chat", "messages": [{"role": "user", "content": "a"}], **given}
    with pytest.raises(BadRequestError, match=sentence):
        client.post("/chat/completions", body=body, cast_to=object)


def test_documented_arguments_without_effect_are_taken(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny-chat",
        messages=[{"role": "user", "content": "a"}],
        presence_penalty=0.5,
        logit_bias={"50256": -100},
        response_format={"type": "text"},
        user="u",
        store=False,
        metadata={"a": "b"},
        tools=[{"type": "function", "function": {"name": "f"}}],
        parallel_tool_calls=False,
    )
    assert answer.choices[0].finish_reason == "stop"

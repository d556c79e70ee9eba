"""Lenient reading: official examples in essence, the oddities seen in the wild, and noise."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.provider import parsing
from app.provider.lenient import as_count, as_date, as_number, as_text, as_time, decode_json
from app.provider.profiles import COMPATIBLE, ENGINE, OPENAI
from app.provider.types import JobError, JobStatus

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
JOB_KEYS = [
    "id", "status", "model", "fine_tuned_model", "method", "hyperparameters", "training_file",
    "result_files", "error", "created_at", "finished_at", "estimated_finish", "trained_tokens",
    "seed", "metadata",
]  # fmt: skip
EVENT_KEYS = ["id", "created_at", "level", "type", "message", "data"]
CHECKPOINT_KEYS = ["id", "step_number", "metrics", "fine_tuned_model_checkpoint", "result_files"]


def job(**fields: Any) -> Any:
    return parsing.parse_job({"id": "ftjob-1", "status": "running", **fields}, COMPATIBLE)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("validating_files", JobStatus.VALIDATING),
        ("queued", JobStatus.QUEUED),
        ("running", JobStatus.RUNNING),
        ("paused", JobStatus.PAUSED),
        ("succeeded", JobStatus.SUCCEEDED),
        ("failed", JobStatus.FAILED),
        ("cancelled", JobStatus.CANCELLED),
        ("Running", JobStatus.RUNNING),
        ("pending", JobStatus.QUEUED),
        ("canceled", JobStatus.CANCELLED),
        ("on_holiday", JobStatus.UNKNOWN),
        ("", JobStatus.UNKNOWN),
    ],
)
def test_status_words(word: str, status: JobStatus) -> None:
    assert job(status=word).status is status
    assert job(status=word).raw_status == word


def test_a_strange_word_of_openai_stays_unknown() -> None:
    assert parsing.status_of("pending", OPENAI) is JobStatus.UNKNOWN


def test_terminal_statuses() -> None:
    assert {status for status in JobStatus if status.is_terminal} == {
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.CANCELLED,
    }


@pytest.mark.parametrize(
    "error",
    [None, {}, {"code": None, "message": None, "param": None}, {"error": None}, "", [], 0],
)
def test_no_error(error: object) -> None:
    assert job(error=error).error is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            {"code": "exceeded_quota", "message": "Too much", "param": None, "error": None},
            JobError("exceeded_quota", "Too much", None),
        ),
        ({"code": "server_error"}, JobError("server_error", "server_error", None)),
        ("it broke", JobError(None, "it broke", None)),
    ],
)
def test_error(error: object, expected: JobError) -> None:
    assert job(error=error).error == expected


def test_hyperparameters_of_the_method() -> None:
    method = {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3.0, "beta": 0.1}}}
    snapshot = job(method=method, hyperparameters=None)
    assert (snapshot.method, snapshot.hyperparameters) == ("dpo", {"n_epochs": 3, "beta": 0.1})


@pytest.mark.parametrize(
    ("hyperparameters", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"n_epochs": -1, "batch_size": "auto"}, {"n_epochs": "auto", "batch_size": "auto"}),
        ({"learning_rate_multiplier": 1.8, "lora": True}, {"learning_rate_multiplier": 1.8}),
        ({"n_epochs": None, "x": [1]}, {}),
    ],
)
def test_hyperparameters_of_old_jobs(hyperparameters: object, expected: object) -> None:
    assert job(method=None, hyperparameters=hyperparameters).hyperparameters == expected


def test_times_and_counts() -> None:
    snapshot = job(
        created_at=1721764800, finished_at=None, estimated_finish=0, trained_tokens=5768.0, seed="7"
    )
    assert snapshot.created_at == datetime(2024, 7, 23, 20, tzinfo=UTC)
    assert snapshot.finished_at is None
    assert snapshot.estimated_finish_at is None
    assert (snapshot.trained_tokens, snapshot.seed) == (5768, 7)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1721764800000, datetime(2024, 7, 23, 20, tzinfo=UTC)),
        ("2024-07-23T20:00:00Z", datetime(2024, 7, 23, 20, tzinfo=UTC)),
        ("2024-07-23T22:00:00+02:00", datetime(2024, 7, 23, 20, tzinfo=UTC)),
        (1e300, None),
        (True, None),
        ("yesterday", None),
        (-5, None),
    ],
)
def test_time_of(value: object, time: datetime | None) -> None:
    assert as_time(value) == time


@pytest.mark.parametrize(
    "value", [10**30, float("inf"), float("nan"), "x", None, True, [], "9" * 400]
)
def test_what_is_no_count(value: object) -> None:
    assert as_count(value) is None


def test_step_and_metrics_of_data() -> None:
    event = parsing.parse_event(
        {
            "id": "ftevent-1",
            "message": "Step 300/300: training loss=0.15",
            "type": "metrics",
            "data": {
                "step": 300,
                "total_steps": 300,
                "train_loss": 0.1499,
                "note": "7",
                "flag": True,
                "missing": None,
                "scores": {
                    "train_reward_mean": 0.5,
                    "graders": [{"name": "tone", "reward": 1}, {"reward": 2}],
                },
            },
        }
    )
    assert (event.step, event.total_steps) == (300, 300)
    assert event.metrics == {
        "train_loss": 0.1499,
        "scores/train_reward_mean": 0.5,
        "scores/graders/tone/reward": 1,
        "scores/graders/1/reward": 2,
    }


@pytest.mark.parametrize(
    ("message", "step", "total", "metrics"),
    [
        ("Step 8250: training loss=3.8E-06", 8250, None, {"train_loss": 3.8e-06}),
        (
            "Step 290/303: training loss=0.00, validation loss=0.31, full validation loss=0.40",
            290,
            303,
            {"train_loss": 0.0, "valid_loss": 0.31, "full_valid_loss": 0.4},
        ),
        (
            "Step 10/20 , train mean reward=0.42, full validation mean parse error=0.00",
            10,
            20,
            {"train_mean_reward": 0.42, "full_valid_mean_parse_error": 0.0},
        ),
        ("Fine-tuning job started", None, None, {}),
        ("Loss=3 without a place", None, None, {}),
    ],
)
def test_step_and_metrics_of_the_message(
    message: str, step: int | None, total: int | None, metrics: dict[str, float]
) -> None:
    nothing: list[object] = [None, {}]
    for data in nothing:
        event = parsing.parse_event({"id": "e", "message": message, "data": data})
        assert (event.step, event.total_steps) == (step, total)
        assert event.metrics == metrics


def test_events_without_id_get_a_stable_one() -> None:
    first = parsing.parse_event({"message": "a", "created_at": 1})
    again = parsing.parse_event({"created_at": 1, "message": "a"})
    other = parsing.parse_event({"message": "b", "created_at": 1})
    assert first.remote_id == again.remote_id != other.remote_id


def test_page_without_has_more() -> None:
    assert parsing.parse_page({"data": [{"id": "a"}]}, parsing.parse_model).has_more is None
    assert parsing.parse_page({"data": [], "has_more": "no"}, parsing.parse_model).has_more is None


def test_decoding_leaves_nothing_a_database_refuses() -> None:
    body = b'\xef\xbb\xbf{"a": NaN, "b": 1e999, "c": "x\\u0000y", "d": ["\\ud800"], "e": -Infinity}'
    assert decode_json(body) == {"a": None, "b": None, "c": "xy", "d": ["?"], "e": None}


def test_dates() -> None:
    assert str(as_date("2027-01-14")) == "2027-01-14"
    assert as_date("soon") is None


@given(st.dictionaries(st.sampled_from(JOB_KEYS), JSON))
def test_any_job_is_read(raw: dict[str, Any]) -> None:
    snapshot = parsing.parse_job(raw, ENGINE)
    assert isinstance(snapshot.status, JobStatus)
    assert snapshot.raw is raw
    assert all(as_text(value) for value in snapshot.metadata.values())


@given(st.dictionaries(st.sampled_from(EVENT_KEYS), JSON))
def test_any_event_is_read(raw: dict[str, Any]) -> None:
    event = parsing.parse_event(raw)
    assert event.remote_id
    assert all(as_number(value) == value for value in event.metrics.values())


@given(st.dictionaries(st.sampled_from(CHECKPOINT_KEYS), JSON))
def test_any_checkpoint_is_read(raw: dict[str, Any]) -> None:
    checkpoint = parsing.parse_checkpoint(raw)
    assert checkpoint.remote_id
    assert checkpoint.step is None or isinstance(checkpoint.step, int)


@given(JSON)
def test_any_answer_is_a_page(answer: object) -> None:
    page = parsing.parse_page(answer, parsing.parse_model)
    assert all(isinstance(model.id, str) for model in page.items)


@given(JSON)
def test_what_is_decoded_can_be_stored(value: object) -> None:
    decoded = decode_json(json.dumps(value).encode())
    text = json.dumps(decoded, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    assert text.encode("utf-8")


@pytest.mark.parametrize("body", [b"[" * 900 + b"]" * 900, b'{"a":' * 300 + b"1" + b"}" * 300])
def test_nested_deeper_than_anybody_means(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        decode_json(body)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00", "ok"])
def test_texts_can_be_stored_and_sent(text: str) -> None:
    said = as_text(text)
    assert said is None or (said.encode() and "\x00" not in said)


@pytest.mark.parametrize("digits", ["9" * 19, "-" + "9" * 40, "1" * 400])
def test_numbers_no_database_holds(digits: str) -> None:
    value = decode_json(b'{"n": %s}' % digits.encode())["n"]
    assert value is None or abs(value) >= 10**18
    assert orjson.dumps(value)

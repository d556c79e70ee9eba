"""A job from its files to a model that answers, told as OpenAI tells it."""

import base64
import re

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from app.datasets.tokens import get_encoding
from tests.engine.samples import (
    SYSTEM,
    ask,
    chat_rows,
    completion_rows,
    data_of,
    events_of,
    finished,
    reviews,
    steps_of,
    upload,
)

pytestmark = pytest.mark.slow

EXAMPLES = 320


def test_chat_job_ends_in_a_model_that_answers(client: OpenAI) -> None:
    training, validation = upload(client, chat_rows(EXAMPLES)), upload(client, chat_rows(80, 1))
    job = client.fine_tuning.jobs.create(
        model="tiny-chat",
        training_file=training,
        validation_file=validation,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto"}}},
        suffix="My reviews!",
        seed=42,
        metadata={"tuneboard_job": "7"},
    )
    assert (job.status, job.fine_tuned_model, job.result_files) == ("validating_files", None, [])
    assert job.hyperparameters.n_epochs == "auto"
    job = finished(client, job)
    assert (job.status, job.error, job.seed) == ("succeeded", None, 42)
    assert job.metadata == {"tuneboard_job": "7"}
    assert job.hyperparameters.model_dump() == {
        "n_epochs": 3,
        "batch_size": 4,
        "learning_rate_multiplier": 1.0,
    }
    assert job.fine_tuned_model is not None
    assert re.fullmatch(r"ft:tiny-chat:tuneboard:my-reviews:\w{8}", job.fine_tuned_model)
    assert job.finished_at is not None
    assert job.trained_tokens == 3 * billable_tokens()
    check_events(client, job.id, training, validation)
    check_checkpoints(client, job.id, job.fine_tuned_model)
    check_result_file(client, job.result_files[0])
    held_out = reviews(100, seed=9)
    right = sum(ask(client, job.fine_tuned_model, text) == star for text, star in held_out)
    majority = max(sum(star == other for _, other in held_out) for star in "135")
    assert right > majority + 20


def billable_tokens() -> int:
    encoding = get_encoding("o200k_base")
    return sum(
        1 + sum(4 + encoding.count(said) for said in (SYSTEM, text, star))
        for text, star in reviews(EXAMPLES)
    )


def check_events(client: OpenAI, job_id: str, training: str, validation: str) -> None:
    events = events_of(client, client.fine_tuning.jobs.retrieve(job_id))
    said = [event.message for event in events]
    assert said[:4] == [
        f"Created fine-tuning job: {job_id}",
        f"Validating training file: {training} and validation file: {validation}",
        "Files validated, moving job to queued state",
        "Fine-tuning job started",
    ]
    steps = [event for event in events if event.type == "metrics"]
    assert [data_of(event)["step"] for event in steps] == list(range(1, 241))
    losses = ("training", "validation", "full validation")
    pattern = "Step 240/240: " + ", ".join(rf"{loss} loss=\d\.\d\d" for loss in losses)
    assert re.fullmatch(pattern, steps[-1].message)
    assert re.fullmatch(r"Step 7/240: training loss=\d\.\d\d", steps[6].message)
    assert set(data_of(steps[-1])) == {
        "step", "total_steps", "train_loss", "train_mean_token_accuracy", "valid_loss",
        "valid_mean_token_accuracy", "full_valid_loss", "full_valid_mean_token_accuracy",
    }  # fmt: skip
    assert [message.split(" with ")[0].split(": ")[0] for message in said[-4:]] == [
        "Checkpoint created at step 80",
        "Checkpoint created at step 160",
        "New fine-tuned model created",
        "The job has successfully completed",
    ]
    assert all(event.id.startswith("ftevent-") and event.level == "info" for event in events)


def check_checkpoints(client: OpenAI, job_id: str, model: str) -> None:
    page = client.fine_tuning.jobs.checkpoints.list(job_id)
    names = [checkpoint.fine_tuned_model_checkpoint for checkpoint in page.data]
    assert [checkpoint.step_number for checkpoint in page.data] == [240, 160, 80]
    assert names[0] == model
    assert re.fullmatch(r"ft:tiny-chat:tuneboard:my-reviews:\w{8}:ckpt-step-160", names[1])
    assert page.data[0].metrics.full_valid_loss is not None
    assert page.data[0].id.startswith("ftckpt_")
    assert ask(client, names[2], "최고예요") in {"1", "3", "5"}


def check_result_file(client: OpenAI, file_id: str) -> None:
    stored = client.files.retrieve(file_id)
    assert (stored.filename, stored.purpose) == ("step_metrics.csv", "fine-tune-results")
    lines = base64.b64decode(client.files.content(file_id).content).decode().splitlines()
    assert lines[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert len(lines) == 241
    assert re.fullmatch(r"1,\d\.\d{5},\d\.\d{5},,", lines[1])
    assert re.fullmatch(r"240,\d\.\d{5},\d\.\d{5},\d\.\d{5},\d\.\d{5}", lines[240])


def test_completion_job_with_the_old_top_level_form(client: OpenAI) -> None:
    job = client.fine_tuning.jobs.create(
        model="tiny-completion",
        training_file=upload(client, completion_rows(60)),
        hyperparameters={"n_epochs": 5, "batch_size": 7, "learning_rate_multiplier": 1.5},
    )
    job = finished(client, job)
    assert job.status == "succeeded"
    assert job.fine_tuned_model is not None
    assert ":tuneboard::" in job.fine_tuned_model
    steps = steps_of(client, job)
    assert len(steps) == -(-60 * 5 // 7)
    assert not any("valid_loss" in step for step in steps)
    answer = client.completions.create(
        model=job.fine_tuned_model, prompt="the app crashes daily login ->", temperature=0
    )
    assert answer.choices[0].text == " 1"
    assert answer.choices[0].finish_reason == "stop"


def test_the_same_seed_gives_the_same_numbers(client: OpenAI) -> None:
    training = upload(client, chat_rows(40))
    jobs = [
        client.fine_tuning.jobs.create(model="tiny-chat", training_file=training, seed=seed)
        for seed in (5, 5, 6)
    ]
    first, again, other = (steps_of(client, finished(client, job)) for job in jobs)
    assert first == again
    assert first != other


def test_a_tuned_model_learns_on(client: OpenAI) -> None:
    first = finished(
        client,
        client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=upload(client, chat_rows(100)), seed=1
        ),
    )
    assert first.fine_tuned_model is not None
    job = client.fine_tuning.jobs.create(
        model=first.fine_tuned_model, training_file=upload(client, chat_rows(100, 2)), seed=1
    )
    client.models.delete(first.fine_tuned_model)
    second = finished(client, job)
    assert second.fine_tuned_model is not None
    assert second.fine_tuned_model.startswith("ft:tiny-chat:tuneboard::")
    assert steps_of(client, second)[0]["train_loss"] < steps_of(client, first)[0]["train_loss"] / 2


def test_files_may_go_once_the_job_has_them(client: OpenAI) -> None:
    training = upload(client, chat_rows(40))
    job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=training)
    client.files.delete(training)
    assert finished(client, job).status == "succeeded"


def test_unknown_model_and_file_are_refused(client: OpenAI) -> None:
    training = upload(client, chat_rows(10))
    with pytest.raises(BadRequestError, match="Model gpt-9 is not available for fine-tuning") as no:
        client.fine_tuning.jobs.create(model="gpt-9", training_file=training)
    assert no.value.code == "model_not_available"
    with pytest.raises(BadRequestError, match="invalid training_file: file-none"):
        client.fine_tuning.jobs.create(model="tiny-chat", training_file="file-none")
    with pytest.raises(NotFoundError, match="Could not find fine tune: ftjob-none"):
        client.fine_tuning.jobs.retrieve("ftjob-none")


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"training_file": "x"}, "model", "missing_required_parameter"),
        ({"model": "tiny-chat", "training_file": 3}, "training_file", "invalid_type"),
        ({"model": "tiny-chat", "training_file": "x", "colour": 1}, "colour", "unknown_parameter"),
        (
            {"model": "tiny-chat", "training_file": "x", "hyperparameters": {"n_epochs": 51}},
            "hyperparameters.n_epochs",
            "integer_above_max_value",
        ),
        (
            {"model": "tiny-chat", "training_file": "x", "hyperparameters": {"batch_size": 0}},
            "hyperparameters.batch_size",
            "integer_below_min_value",
        ),
        (
            {"model": "tiny-chat", "training_file": "x", "metadata": {"k": "v" * 513}},
            "metadata",
            "invalid_value",
        ),
        (
            {"model": "tiny-chat", "training_file": "x", "method": {"type": "reinforcement"}},
            None,
            None,
        ),
    ],
)
def test_bad_bodies_are_refused_by_name(
    client: OpenAI, body: dict[str, object], param: str | None, code: str | None
) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.post("/fine_tuning/jobs", body=body, cast_to=object)
    assert refused.value.type == "invalid_request_error"
    assert param is None or (refused.value.param, refused.value.code) == (param, code)

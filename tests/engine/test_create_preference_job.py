"""Jobs that learn from preferences, from the request to the answers."""

import base64
import csv
import io
import random
import time
from pathlib import Path

import pytest
from openai import BadRequestError, OpenAI
from openai.types.fine_tuning import FineTuningJob

from app.datasets.tokens import get_encoding
from tests.engine.samples import (
    SYSTEM,
    Row,
    ask,
    chat_rows,
    completion_rows,
    events_of,
    finished,
    reviews,
    steps_of,
    upload,
)
from tests.engine_fixture import EngineServer, wait_until

REWARDS = ("rewards_chosen", "rewards_rejected", "rewards_margins", "rewards_accuracies")
DPO = {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 2, "batch_size": 4, "beta": 0.3}}}


def preference_rows(count: int, seed: int = 0) -> list[Row]:
    """What the reviews call bad is preferred: the opposite of what `chat_rows` teach."""
    return [preference_row(text, "1", "5") for text, _ in reviews(count, seed)]


def preference_row(text: str, right: str, wrong: str) -> Row:
    asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
    good, bad = ([{"role": "assistant", "content": said}] for said in (right, wrong))
    return {
        "input": {"messages": asked, "tools": [], "parallel_tool_calls": True},
        "preferred_output": good,
        "non_preferred_output": bad,
    }


def create(client: OpenAI, model: str, **given: object) -> FineTuningJob:
    body = {
        "model": model,
        "training_file": upload(client, preference_rows(60)),
        "validation_file": upload(client, preference_rows(20, 1)),
        "method": DPO,
        "seed": 5,
        **given,
    }
    return client.post("/fine_tuning/jobs", body=body, cast_to=FineTuningJob)


def tuned_model(client: OpenAI) -> str:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(client, chat_rows(160)), seed=1
    )
    model = finished(client, job).fine_tuned_model
    assert model is not None
    return model


@pytest.mark.slow
def test_a_tuned_model_is_told_preferences(client: OpenAI) -> None:
    begun = tuned_model(client)
    assert ask(client, begun, "이 앱 최고예요 widget") == "5"
    job = finished(client, create(client, begun))
    assert job.status == "succeeded"
    assert job.fine_tuned_model is not None
    assert ask(client, job.fine_tuned_model, "이 앱 최고예요 widget") == "1"
    assert ask(client, begun, "이 앱 최고예요 widget") == "5"
    check_job(job)
    check_steps(client, job)
    check_result_file(client, job)
    checkpoints = client.fine_tuning.jobs.checkpoints.list(job.id).data
    assert [checkpoint.step_number for checkpoint in checkpoints] == [30, 15]
    assert checkpoints[0].metrics.train_loss is not None


def check_job(job: FineTuningJob) -> None:
    assert job.method is not None
    assert job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    assert job.method.dpo.hyperparameters.to_dict() == {
        "n_epochs": 2, "batch_size": 4, "beta": 0.3, "learning_rate_multiplier": 1.0,
    }  # fmt: skip
    encoding = get_encoding("o200k_base")
    said = [(SYSTEM, text, "1", "5") for text, _ in reviews(60)]
    assert job.trained_tokens == 2 * sum(
        1 + sum(4 + encoding.count(text) for text in texts) for texts in said
    )


def check_steps(client: OpenAI, job: FineTuningJob) -> None:
    steps = steps_of(client, job)
    assert len(steps) == 30
    assert steps[0]["train_loss"] == pytest.approx(0.693147)
    names = ["loss", *REWARDS]
    assert {f"{part}_{name}" for part in ("train", "valid", "full_valid") for name in names} == (
        steps[-1].keys() - {"step", "total_steps"}
    )
    assert steps[-1]["full_valid_rewards_accuracies"] == 1
    assert steps[-1]["full_valid_rewards_margins"] > steps[14]["full_valid_rewards_margins"] > 0
    assert steps[-1]["full_valid_rewards_rejected"] < 0 < steps[-1]["full_valid_rewards_chosen"]


def check_result_file(client: OpenAI, job: FineTuningJob) -> None:
    content = base64.b64decode(client.files.content(job.result_files[0]).content).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert list(rows[0])[:5] == [
        "step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy",
    ]  # fmt: skip
    assert set(list(rows[0])[5:]) == {
        f"{part}_{name}" for part in ("train", "valid") for name in REWARDS
    }
    assert len(rows) == 30
    assert float(rows[-1]["train_rewards_margins"]) > 0.5
    assert rows[0]["valid_rewards_margins"] == rows[0]["train_accuracy"] == ""


def test_what_is_left_out_is_chosen_and_the_base_can_be_asked_too(client: OpenAI) -> None:
    job = finished(client, create(client, "tiny-chat", method={"type": "dpo"}))
    assert job.status == "succeeded"
    assert job.method is not None
    assert job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    assert job.method.dpo.hyperparameters.to_dict() == {
        "n_epochs": 3, "batch_size": 1, "beta": 0.5, "learning_rate_multiplier": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "method"), [("tiny-chat", "reinforcement"), ("tiny-completion", "dpo")]
)
def test_a_method_the_model_cannot_learn_by_is_refused(
    client: OpenAI, model: str, method: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.fine_tuning.jobs.create(
            model=model,
            training_file=upload(client, completion_rows(10)),
            method={"type": method},  # type: ignore[arg-type]
        )
    assert (refused.value.param, refused.value.code) == ("method", "invalid_method")
    assert f"The model {model} does not support the {method} method." in refused.value.message


def test_a_broken_preference_fails_the_job_with_its_number(client: OpenAI) -> None:
    rows = preference_rows(12)
    del rows[4]["preferred_output"]
    job = finished(client, create(client, "tiny-chat", training_file=upload(client, rows)))
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "invalid_training_file"
    assert job.error.message == (
        "The job failed due to an invalid training file. Invalid file format. "
        "Example 5 is missing key 'preferred_output'"
    )


@pytest.mark.slow
@pytest.mark.kill
@pytest.mark.timeout(120)
def test_killed_again_and_again_it_ends_as_if_it_had_not_been(
    tmp_path: Path, engine: EngineServer
) -> None:
    """Reference and beta too are the same after each start."""
    chance = random.Random(1)
    server = EngineServer(tmp_path / "engine", step_seconds=0.05)
    server.start()
    with server.client() as client:
        begun = tuned_model(client)
        job = create(client, begun)
        wait_until(lambda: steps_of(client, job))
    for _ in range(3):
        time.sleep(chance.uniform(0.1, 0.5))
        server.kill()
        server.start()
    with server.client() as client:
        assert finished(client, job).status == "succeeded"
        steps = steps_of(client, job)
        messages = [event.message for event in events_of(client, job)]
    server.stop()
    assert messages.count("Fine-tuning job started") == 1
    with engine.client() as client:
        again = create(client, tuned_model(client))
        assert steps == steps_of(client, finished(client, again))

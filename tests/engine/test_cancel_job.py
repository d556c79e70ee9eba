"""Cancel, pause and resume act within a step."""

import time

import pytest
from openai import BadRequestError, OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.samples import chat_rows, events_of, finished, once, steps_of, upload
from tests.engine_fixture import EngineServer, wait_until


def create(client: OpenAI, n_epochs: int = 1) -> FineTuningJob:
    """A job of 40 steps an epoch."""
    return client.fine_tuning.jobs.create(
        model="tiny-chat",
        training_file=upload(client, chat_rows(40)),
        hyperparameters={"n_epochs": n_epochs, "batch_size": 1},
        seed=3,
    )


def start(client: OpenAI, n_epochs: int = 1) -> FineTuningJob:
    """One that is learning."""
    job = create(client, n_epochs)
    job = once(client, job, lambda status: status == "running")
    wait_until(lambda: len(steps_of(client, job)) > 1)
    return job


@pytest.mark.slow
def test_cancel_stops_a_job_at_once(slow_engine: EngineServer, slow_client: OpenAI) -> None:
    job = start(slow_client, n_epochs=50)
    assert job.estimated_finish is None or job.estimated_finish >= job.created_at
    cancelled = slow_client.fine_tuning.jobs.cancel(job.id, extra_body={"reason": "gateway"})
    assert (cancelled.status, cancelled.fine_tuned_model) == ("cancelled", None)
    events = events_of(slow_client, job)
    time.sleep(0.3)
    assert events_of(slow_client, job) == events
    assert events[-1].message == "Fine-tuning job cancelled"
    wait_until(lambda: not (slow_engine.data_dir / "jobs" / job.id).exists())
    with pytest.raises(BadRequestError, match=f"Job has already completed: {job.id}"):
        slow_client.fine_tuning.jobs.cancel(job.id)


@pytest.mark.slow
def test_jobs_wait_for_a_slot_and_can_be_cancelled_waiting(slow_client: OpenAI) -> None:
    first = start(slow_client, n_epochs=50)
    second = slow_client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(slow_client, chat_rows(20))
    )
    once(slow_client, second, lambda status: status == "queued")
    assert slow_client.fine_tuning.jobs.cancel(second.id).status == "cancelled"
    third = slow_client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(slow_client, chat_rows(10)),
        hyperparameters={"n_epochs": 1},
    )  # fmt: skip
    once(slow_client, third, lambda status: status == "queued")
    slow_client.fine_tuning.jobs.cancel(first.id)
    assert finished(slow_client, third).status == "succeeded"


@pytest.mark.slow
def test_a_paused_job_goes_on_where_it_was(slow_client: OpenAI, client: OpenAI) -> None:
    job = start(slow_client)
    assert slow_client.fine_tuning.jobs.pause(job.id).to_dict()["status"] == "paused"
    time.sleep(0.5)
    told = len(steps_of(slow_client, job))
    time.sleep(0.3)
    assert len(steps_of(slow_client, job)) == told
    assert slow_client.fine_tuning.jobs.resume(job.id).status == "queued"
    assert finished(slow_client, job).status == "succeeded"
    unpaused = finished(client, create(client))
    assert steps_of(slow_client, job) == steps_of(client, unpaused)


def test_a_finished_job_can_be_neither_paused_nor_resumed(client: OpenAI) -> None:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(client, chat_rows(3))
    )
    finished(client, job)
    for act in (client.fine_tuning.jobs.pause, client.fine_tuning.jobs.resume):
        with pytest.raises(BadRequestError, match="Job has already completed"):
            act(job.id)

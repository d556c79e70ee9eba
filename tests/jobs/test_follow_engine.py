"""The whole way of a job over the real engine: upload, creation, following, cancelling."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlmodel import Session, select

from app.connections.models import Connection
from app.connections.service import ensure_engine_connection
from app.core.actor import Actor
from app.core.context import Context
from app.datasets.models import DatasetVersion, RemoteFile
from app.jobs.metrics import list_metric_names, list_metrics
from app.jobs.models import Job
from app.jobs.schemas import JobCreate
from app.jobs.service import (
    cancel_job,
    create_job,
    find_tuned_models,
    list_checkpoints,
    list_events,
    list_files,
)
from app.provider.types import JobStatus
from tests.engine_fixture import EngineServer
from tests.jobs.conftest import AddVersion, make_due, reload, work

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    with EngineServer(tmp_path_factory.mktemp("engine"), step_seconds=0.02) as engine:
        yield engine


@pytest.fixture
def embedded(context: Context, engine: EngineServer) -> Connection:
    with context.db.write() as session:
        return ensure_engine_connection(session, context.secrets, engine.url, engine.key)


Launch = Callable[..., Job]


@pytest.fixture
def launch(
    context: Context, editor: Actor, embedded: Connection, add_version: AddVersion
) -> Launch:
    training, validation = add_version("train", rows=24), add_version("valid", first=50)

    def create(**values: object) -> Job:
        given = {
            "submission": f"submission-{time.monotonic_ns()}",
            "connection_id": embedded.id,
            "base_model": "tiny-chat",
            "training_version_id": training.id,
            "validation_version_id": validation.id,
            "n_epochs": 2,
            "batch_size": 4,
            "seed": 7,
            "suffix": "tone",
        }
        with context.db.write() as session:
            return create_job(session, editor, JobCreate.model_validate(given | values))

    return create


def follow_until(context: Context, job: Job, done: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + 50
    while not done(found := reload(context.db, job)):
        assert time.monotonic() < deadline, found.status
        make_due(context.db)
        work(context)
        time.sleep(0.05)
    return found


def test_from_the_form_to_the_tuned_model(
    context: Context, session: Session, launch: Launch, version: DatasetVersion
) -> None:
    job = follow_until(context, launch(), lambda job: job.is_read)
    assert (job.status, job.last_step, job.total_steps) == (JobStatus.SUCCEEDED, 12, 12)
    assert job.resolved["n_epochs"] == 2
    assert job.trained_tokens == job.estimated_tokens
    assert job.fine_tuned_model is not None
    assert "tone" in job.fine_tuned_model
    names = list_metric_names(session, job.id or 0)
    assert {"train_loss", "valid_loss", "train_mean_token_accuracy"} <= set(names)
    curves = list_metrics(session, job.id or 0, ["train_loss"])
    assert list(curves["train_loss"].steps) == list(range(1, 13))
    assert curves["train_loss"].values[-1] < curves["train_loss"].values[0]
    events = list_events(session, job.id or 0)
    assert events[0].message.startswith("Created fine-tuning job")
    assert "successfully completed" in events[-1].message
    assert len(list_checkpoints(session, job.id or 0)) == 2
    assert len(list_files(session, job.id or 0)) == 1
    models = find_tuned_models(session, job.connection_id)
    assert [model.is_checkpoint for model in models] == [False, True]
    assert len(session.exec(select(RemoteFile)).all()) == 2


def test_cancelled_while_it_runs(context: Context, editor: Actor, launch: Launch) -> None:
    job = launch(n_epochs=50, batch_size=1)
    follow_until(context, job, lambda job: job.status is JobStatus.RUNNING and bool(job.last_step))
    cancel_job(context, editor, job.id or 0)
    ended = follow_until(context, job, lambda job: job.is_read)
    assert ended.status is JobStatus.CANCELLED
    assert (ended.last_step or 0) < (ended.total_steps or 0)

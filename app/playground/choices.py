"""The models of a connection that can be asked, and how each wants to be asked."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.connections.models import Connection
from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.models import DatasetVersion
from app.jobs.models import Checkpoint, Job
from app.jobs.service import TunedModel, find_tuned_models
from app.playground.models import Endpoint

MOST_TUNED = 200
# Families that only write on. An open model called Instruct is a chat model, OpenAI's is not.
ONLY_COMPLETES = re.compile(
    r"(^|[:/_-])((text-)?(ada|babbage|curie|davinci)([:_-]|$)|gpt-3\.5-turbo-instruct"
    r"|tiny-completion)"
)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`job_name` and `step` where a job of ours made it."""

    id: str
    job_name: str = ""
    step: int | None = None
    is_checkpoint: bool = False


@dataclass(frozen=True, slots=True)
class ModelGroup:
    label: str
    choices: list[ModelChoice]


def list_model_groups(
    session: Session, connection: Connection, also: Collection[str] = ()
) -> list[ModelGroup]:
    """From what is known here: no provider is asked. `also` are models a page names already."""
    made = find_tuned_models(session, connection.id or 0)
    finals = [model for model in made if not model.is_checkpoint][:MOST_TUNED]
    checkpoints = [model for model in made if model.is_checkpoint][:MOST_TUNED]
    ours = {model.model for model in made}
    others = [m.id for m in connection.tuned_models if m.id not in ours][:MOST_TUNED]
    bases = [model.id for model in connection.base_models]
    groups = [
        ModelGroup(N_("Tuned by our jobs"), [_choice_of(model) for model in finals]),
        ModelGroup(N_("Base models"), [ModelChoice(name) for name in bases]),
        ModelGroup(N_("Checkpoints"), [_choice_of(model) for model in checkpoints]),
        ModelGroup(N_("Other tuned models"), [ModelChoice(name) for name in others]),
    ]
    listed = {choice.id for group in groups for choice in group.choices}
    unlisted = [ModelChoice(name) for name in dict.fromkeys(also) if name and name not in listed]
    return [g for g in [*groups, ModelGroup(N_("Not in the list"), unlisted)] if g.choices]


def find_job_of_model(session: Session, connection_id: int, model: str) -> Job | None:
    """The job that made a model or a checkpoint."""
    here = select(Job).where(Job.connection_id == connection_id).order_by(col(Job.id).desc())
    job = session.exec(here.where(Job.fine_tuned_model == model)).first()
    if job is not None:
        return job
    made = select(Checkpoint.job_id).where(Checkpoint.model == model)
    return session.exec(here.where(col(Job.id).in_(made))).first()


def find_newest_job(session: Session, connection_id: int) -> Job | None:
    """The newest job of a connection that made a model."""
    query = select(Job).where(
        Job.connection_id == connection_id, col(Job.fine_tuned_model).is_not(None)
    )
    return session.exec(query.order_by(col(Job.id).desc())).first()


def choose_endpoint(session: Session, connection_id: int, model: str) -> Endpoint:
    """By the name of the model and its base, then by the rows it was trained on."""
    job = find_job_of_model(session, connection_id, model)
    if any(ONLY_COMPLETES.search(name) for name in _names(model, job)):
        return Endpoint.COMPLETION
    if job is not None and _was_trained_on_completions(session, job):
        return Endpoint.COMPLETION
    return Endpoint.CHAT


def _choice_of(model: TunedModel) -> ModelChoice:
    return ModelChoice(model.model, model.job_name, model.step, model.is_checkpoint)


def _names(model: str, job: Job | None) -> Iterator[str]:
    yield base_in_name(model)
    if job is not None:
        yield base_in_name(job.base_model)


def base_in_name(model: str) -> str:
    """ft:<base>:<organisation>:… and the older <base>:ft-…; other names as they are."""
    return model.removeprefix("ft:").partition(":")[0]


def _was_trained_on_completions(session: Session, job: Job) -> bool:
    version = session.get(DatasetVersion, job.training_version_id)
    return version is not None and version.format is DatasetFormat.COMPLETION

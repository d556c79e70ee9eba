"""What the form of a new job holds before anybody has chosen, or after a part was chosen."""

import secrets
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from app.connections.models import Connection
from app.core.storage import Storage
from app.datasets.costs import find_price
from app.datasets.models import VersionPart
from app.datasets.service import NamedVersion
from app.jobs.choices import list_choices, number_in
from app.jobs.models import Job
from app.jobs.overlapping import find_overlap
from app.jobs.planning import Plan, plan_job

FIELDS = (
    "name", "connection_id", "base_model", "method", "training_version_id",
    "validation_version_id", "n_epochs", "batch_size", "learning_rate_multiplier", "suffix",
    "seed", "accepted", "reason", "submission", "copied_from_id", "models_of",
)  # fmt: skip
Values = dict[str, str]


def draft_job(session: Session, storage: Storage, given: Mapping[str, str]) -> tuple[Values, Plan]:
    """`from` is a job to make a new one of, `version` data to train on; fields may be given too."""
    values = {"submission": secrets.token_urlsafe(24), "method": "supervised"}
    values |= _copied(session, given.get("from", ""))
    values |= {name: given[name][:500] for name in FIELDS if given.get(name)}
    if given.get("version"):
        values["training_version_id"] = given["version"]
    return complete_draft(session, storage, values)


def complete_draft(session: Session, storage: Storage, values: Values) -> tuple[Values, Plan]:
    """A connection, a model and data where none is chosen that exists; and what would follow."""
    choices = list_choices(session, values)
    connection = _connection(choices.connections, values)
    if connection is not None:
        values = (
            values
            | {"connection_id": str(connection.id), "base_model": _model(connection, values)}
            | _data(choices.versions, values)
        )
    return values, plan_job(session, values, choices, find_overlap(session, storage, values))


def _copied(session: Session, job_id: str) -> Values:
    number = number_in(job_id)
    job = session.get(Job, number) if number is not None else None
    if job is None:
        return {}
    chosen = {name: str(value) for name, value in job.requested.items() if value != "auto"}
    copied = {
        "name": job.name,
        "connection_id": job.connection_id,
        "base_model": job.base_model,
        "training_version_id": job.training_version_id,
        "validation_version_id": job.validation_version_id or "none",
        "suffix": job.suffix,
        "seed": job.seed,
        "copied_from_id": job.id,
    }
    return chosen | {name: str(value) for name, value in copied.items() if value is not None}


def _connection(usable: Sequence[Connection], values: Values) -> Connection | None:
    """The one chosen, else the first that creates jobs."""
    chosen = (each for each in usable if str(each.id) == values.get("connection_id"))
    able = (each for each in usable if each.can_create_jobs)
    return next(chosen, None) or next(able, None) or next(iter(usable), None)


def _model(connection: Connection, values: Values) -> str:
    """Where the list is not known, whatever was typed for this connection."""
    known = [model.id for model in connection.known_models]
    chosen = values.get("base_model", "")
    if not known:
        return chosen if values.get("models_of") in {None, "", str(connection.id)} else ""
    if chosen in known:
        return chosen
    bases = [model.id for model in connection.base_models]
    trainable = [model for model in bases if find_price(model) is not None]
    return next(iter(trainable or bases), "")


def _data(versions: Sequence[NamedVersion], values: Values) -> Values:
    """The newest data, and the validation part that was split off the training part with it."""
    if values.get("training_version_id"):
        chosen = [v for v in versions if str(v.version.id) == values["training_version_id"]]
    else:
        chosen = [v for v in versions if v.version.part is not VersionPart.VALIDATION][:1]
    if not chosen:
        return {}
    version = chosen[0].version
    data = {"training_version_id": str(version.id)}
    if not values.get("validation_version_id") and version.part is VersionPart.TRAINING:
        siblings = [
            each.version
            for each in versions
            if each.version.parent_version_id == version.parent_version_id
            and each.version.part is VersionPart.VALIDATION
        ]
        nearest = sorted(siblings, key=lambda each: abs((each.id or 0) - (version.id or 0)))
        if nearest:
            data["validation_version_id"] = str(nearest[0].id)
    return data

"""Jobs: created, tried again, cancelled; found for pages and for what builds on them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.connections.service import get_connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.core.errors import Conflict, Invalid, NotFound
from app.datasets.overlap.knowing import KnownOverlap
from app.jobs.intents import abandon, stop_waiting
from app.jobs.merging import take_snapshot
from app.jobs.models import Checkpoint, Job, JobEvent, JobFile
from app.jobs.planning import Plan, plan_job
from app.jobs.providers import open_client
from app.jobs.schemas import JobCreate
from app.jobs.syncing import schedule_sync
from app.provider.errors import NotOffered, ProviderError, RequestRefused
from app.provider.types import JobStatus

EVENTS = 200


@dataclass(frozen=True, slots=True)
class TunedModel:
    """A name that answers: a job's model, or one of its checkpoints."""

    model: str
    job_id: int
    job_name: str
    base_model: str
    step: int | None
    is_checkpoint: bool


def create_job(
    session: Session, actor: Actor, data: JobCreate, *, overlap: KnownOverlap | None = None
) -> Job:
    """Only the row: the worker brings it to the provider. Sent twice, it is there once."""
    sent_before = select(Job).where(Job.submission == data.submission)
    if (job := session.exec(sent_before).first()) is not None:
        return job
    typed = {key: "" if value is None else str(value) for key, value in data.model_dump().items()}
    plan = plan_job(session, typed, overlap=overlap)
    _refuse(plan, data)
    job = _new_job(plan, data, actor)
    return _add(session, actor, job)


def retry_job(session: Session, actor: Actor, job_id: int) -> Job:
    """The same once more, for a job that never reached its provider. Pressed twice, once."""
    failed = get_job(session, job_id)
    if not failed.may_be_tried_again:
        raise Conflict("Only a job that was not created can be tried again. Make a new one of it.")
    submission = f"retry-of-{failed.id}-{failed.token[:16]}"
    again = session.exec(select(Job).where(Job.submission == submission)).first()
    if again is not None:
        return again
    kept = (
        "name", "connection_id", "base_model", "method", "suffix", "seed", "requested",
        "training_version_id", "validation_version_id", "warnings", "warnings_reason",
        "example_count", "estimated_tokens", "estimated_usd", "usd_per_million",
    )  # fmt: skip
    job = Job(
        token=secrets.token_urlsafe(24),
        submission=submission,
        copied_from_id=failed.id,
        created_by_id=actor.id,
        **{name: getattr(failed, name) for name in kept},
    )
    return _add(session, actor, job)


def cancel_job(context: Context, actor: Actor, job_id: int) -> Job:
    """Here if the provider does not have it yet, else there: the wish is kept until it is met.

    A job whose creation was never answered ends here too when its connection is retired."""
    with context.db.write() as session:
        job = get_job(session, job_id, lock=True)
        if job.is_finished:
            raise Conflict("This job has ended already.")
        is_retired = get_connection(session, job.connection_id).is_retired
        if is_retired and job.remote_id is not None:
            raise Conflict("The connection is retired. Use it again to cancel the job there.")
        record(session, actor, AuditAction.JOB_CANCELLED, "job", job.id, {"name": job.name})
        if job.is_creating and job.asked_at is None:
            abandon(job, JobStatus.CANCELLED)
            return job
        if is_retired:
            stop_waiting(job)
            return job
        job.cancel_requested_at = job.next_sync_at = now()
        schedule_sync(session, job.connection_id, now())
    return _cancel_there(context, job) if job.remote_id else job


def _cancel_there(context: Context, job: Job) -> Job:
    """A provider that cannot be reached now is told by the worker."""
    try:
        with open_client(context, job.connection_id) as client:
            snapshot = client.cancel_job(job.remote_id or "")
    except (RequestRefused, NotOffered) as error:
        with context.db.write() as session:
            get_job(session, job.id or 0).cancel_requested_at = None
        raise Conflict("The provider did not cancel it: {detail}", detail=error.detail) from error
    except ProviderError:
        return job
    with context.db.write() as session:
        job = get_job(session, job.id or 0)
        take_snapshot(job, snapshot, now())
        return job


def sync_job(session: Session, actor: Actor, job_id: int) -> Job:
    """Have the provider asked now, also about a job that was left alone or forgotten."""
    job = get_job(session, job_id)
    job.next_sync_at, job.sync_seconds = now(), 0.0
    if job.remote_id is not None:
        job.is_read, job.missing_count = False, 0
        schedule_sync(session, job.connection_id, now())
    record(session, actor, AuditAction.JOB_SYNCED, "job", job.id, {"name": job.name})
    return job


def get_job(session: Session, job_id: int, *, lock: bool = False) -> Job:
    job = session.get(Job, job_id, with_for_update=lock or None)
    if job is None:
        raise NotFound("There is no such job.")
    return job


def list_events(
    session: Session, job_id: int, *, after: int = 0, before: int | None = None, limit: int = EVENTS
) -> Sequence[JobEvent]:
    """Newer than the id `after` in the order of time; with `before` older ones, newest first."""
    query = select(JobEvent).where(JobEvent.job_id == job_id)
    if before is not None:
        older = query.where(col(JobEvent.id) < before)
        return session.exec(older.order_by(col(JobEvent.id).desc()).limit(limit)).all()
    newer = query.where(col(JobEvent.id) > after)
    return session.exec(newer.order_by(col(JobEvent.id)).limit(limit)).all()


def list_checkpoints(session: Session, job_id: int) -> Sequence[Checkpoint]:
    """Latest step first."""
    query = select(Checkpoint).where(Checkpoint.job_id == job_id)
    return session.exec(query.order_by(col(Checkpoint.step).desc())).all()


def list_files(session: Session, job_id: int) -> Sequence[JobFile]:
    return session.exec(select(JobFile).where(JobFile.job_id == job_id)).all()


def find_tuned_models(session: Session, connection_id: int) -> list[TunedModel]:
    """What jobs of a connection have made, newest job first, each with its checkpoints."""
    query = select(Job).where(
        Job.connection_id == connection_id, col(Job.fine_tuned_model).is_not(None)
    )
    jobs = session.exec(query.order_by(col(Job.id).desc()).limit(500)).all()
    ids = [job.id for job in jobs]
    made = select(Checkpoint).where(col(Checkpoint.job_id).in_(ids))
    checkpoints = session.exec(made.order_by(col(Checkpoint.step).desc())).all()
    return [model for job in jobs for model in _models_of(job, checkpoints)]


def _models_of(job: Job, checkpoints: Sequence[Checkpoint]) -> list[TunedModel]:
    final = job.fine_tuned_model or ""
    names = {final: (job.last_step, False)} | {
        each.model: (each.step, True)
        for each in checkpoints
        if each.job_id == job.id and each.model and each.model != final
    }
    return [
        TunedModel(name, job.id or 0, job.name, job.base_model, step, is_checkpoint)
        for name, (step, is_checkpoint) in names.items()
    ]


def _refuse(plan: Plan, data: JobCreate) -> None:
    for problem in plan.problems:
        raise Invalid(problem.sentence, field=problem.field or None, **problem.places)
    if plan.warnings and not data.accepted:
        raise Invalid("Read the warnings and tick that they do not matter.", field="accepted")
    if plan.warnings and not data.reason:
        raise Invalid("Say why the warnings do not matter.", field="reason")


def _new_job(plan: Plan, data: JobCreate, actor: Actor) -> Job:
    training = plan.training
    assert training is not None
    cost = plan.cost
    return Job(
        name=data.name or f"{training.named.label}, {data.base_model}"[:120],
        token=secrets.token_urlsafe(24),
        submission=data.submission,
        connection_id=data.connection_id,
        created_by_id=actor.id,
        copied_from_id=data.copied_from_id,
        base_model=data.base_model,
        method=data.method,
        suffix=data.suffix or None,
        seed=data.seed,
        requested=data.requested,
        training_version_id=data.training_version_id,
        validation_version_id=data.validation_version_id,
        example_count=training.examples,
        estimated_tokens=cost.billed_tokens if cost else None,
        estimated_usd=plan.usd,
        usd_per_million=plan.usd_per_million,
        warnings=[warning.as_record() for warning in plan.warnings],
        warnings_reason=data.reason or None if plan.warnings else None,
    )


def _add(session: Session, actor: Actor, job: Job) -> Job:
    session.add(job)
    session.flush()
    detail: dict[str, object] = {"name": job.name, "base_model": job.base_model}
    record(session, actor, AuditAction.JOB_CREATED, "job", job.id, detail)
    return job

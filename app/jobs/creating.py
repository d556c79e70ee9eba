"""Brings a job to its provider once, whatever breaks in between.

Before the paid request its intent is written down. Whoever finds an intent without an answer
looks for the job at the provider, and asks again only after a list that came back properly, some
time after the request, did not have it.
"""

from datetime import timedelta
from functools import partial

from sqlmodel import col

from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import DomainError
from app.core.logs import log
from app.core.text import N_
from app.jobs.holding import held_row
from app.jobs.intents import (
    LOOK_AGAIN,
    find_known,
    give_up,
    keep_created,
    postpone,
    withdraw_intent,
    write_intent,
)
from app.jobs.models import Creation, Job
from app.jobs.providers import open_client
from app.jobs.reconciling import TOKEN_KEY, find_created
from app.jobs.uploading import bring_file
from app.provider.client import ProviderClient
from app.provider.errors import (
    NonsenseAnswer,
    ProviderError,
    ProviderFailed,
    ProviderUnreachable,
    RateLimited,
)
from app.provider.types import FileState, JobRequest

FILE_PAUSE = timedelta(seconds=1)
SETTLED_AFTER = timedelta(seconds=15)
PATIENCE = timedelta(minutes=30)
# A process that slept since it wrote the intent does not know what others did meanwhile.
INTENT_HOLDS = timedelta(seconds=10)
MOST_REQUESTS = 4
PASSING = (ProviderUnreachable, ProviderFailed, NonsenseAnswer, RateLimited)
UNEXPECTED = N_("Something went wrong on our side while the job was being created.")
NOT_READ = N_("The provider did not finish reading the file in time.")


def create_remote_job(context: Context) -> bool:
    """Take one job a step further on its way to the provider."""
    waiting = (
        col(Job.creation).in_([creation for creation in Creation if creation.is_open]),
        col(Job.next_sync_at) <= now(),
    )
    with held_row(context, Job, *waiting) as job_id:
        if job_id is None:
            return False
        advance_job(context, job_id)
        return True


TASKS = [Task("jobs.create", create_remote_job, is_remote=True)]


def advance_job(context: Context, job_id: int) -> None:
    with context.db.read() as session:
        job = session.get_one(Job, job_id)
    if not job.is_creating:
        return
    try:
        with open_client(context, job.connection_id) as client:
            _advance(context, client, job)
    except DomainError as error:
        _note_failure(context, job, error)
    except Exception:
        log.exception("job_not_created", job=job_id)
        _note_failure(context, job, DomainError(UNEXPECTED))
        raise


def _advance(context: Context, client: ProviderClient, job: Job) -> None:
    if job.asked_at is not None:
        _look_for(context, client, job)
        return
    wanted = [job.training_version_id, job.validation_version_id]
    files = [bring_file(context, client, job, each) for each in wanted if each is not None]
    ready = [info for info in files if info is not None and info.state is not FileState.PENDING]
    if len(ready) < len(files):
        _wait_for_files(context, job)
        return
    asked = write_intent(context, job, [info.remote_id for info in ready])
    if asked is not None:
        _ask(context, client, asked)


def _wait_for_files(context: Context, job: Job) -> None:
    if now() - job.created_at > PATIENCE:
        raise DomainError(NOT_READ)
    postpone(context, job, None, FILE_PAUSE)


def _ask(context: Context, client: ProviderClient, job: Job) -> None:
    """The request that costs money. Any way out but these three leaves the intent standing."""
    if job.asked_at is None or now() - job.asked_at > INTENT_HOLDS:
        return
    try:
        snapshot = client.create_job(request_of(job))
    except ProviderError as error:
        if error.maybe_done:
            postpone(context, job, error, LOOK_AGAIN)
            return
        withdraw_intent(context.db, job)
        raise
    keep_created(context.db, job, snapshot)


def _look_for(context: Context, client: ProviderClient, job: Job) -> None:
    looked_at = now()
    snapshot = find_created(client, job, partial(find_known, context.db, job.connection_id))
    if snapshot is not None:
        keep_created(context.db, job, snapshot)
    elif job.asked_at is not None and looked_at - job.asked_at < SETTLED_AFTER:
        postpone(context, job, None, LOOK_AGAIN)
    elif withdraw_intent(context.db, job) and job.asked_count >= MOST_REQUESTS:
        give_up(context.db, job, job.sync_problem or DomainError(UNEXPECTED))


def request_of(job: Job) -> JobRequest:
    """Hyperparameters left to the provider are not sent."""
    chosen = {name: value for name, value in job.requested.items() if value != "auto"}
    return JobRequest(
        model=job.base_model,
        training_file=job.training_remote_file or "",
        validation_file=job.validation_remote_file,
        method=job.method,
        hyperparameters=chosen,
        suffix=job.suffix,
        seed=job.seed,
        metadata={TOKEN_KEY: job.token},
    )


def _note_failure(context: Context, job: Job, error: DomainError) -> None:
    """A passing fault is waited out; an intent is never dropped because the list failed."""
    with context.db.read() as session:
        job = session.get_one(Job, job.id)
    if not job.is_creating:
        return
    patient = isinstance(error, PASSING) and now() - job.created_at < PATIENCE
    if job.asked_at is not None or patient:
        postpone(context, job, error)
    else:
        give_up(context.db, job, error)

"""Finds the job that a lost answer told of."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from app.jobs.models import Job
from app.provider.client import ProviderClient
from app.provider.types import JobSnapshot

TOKEN_KEY = "tuneboard_job"
# Clocks differ: a job may seem to be older than the request that made it.
CLOCK_SLACK = timedelta(minutes=10)


def find_created(
    client: ProviderClient, job: Job, known: Callable[[Sequence[str]], Collection[str]]
) -> JobSnapshot | None:
    """By our token; where a provider keeps no metadata, by file, suffix, model and time.

    `known` tells which of some remote ids belong to jobs we have already. None means that the
    provider has listed its jobs and this one is not among them; a failure to list raises.
    """
    if client.profile.has_metadata:
        found = client.find_job({TOKEN_KEY: job.token})
        if found is not None:
            return found
    alike = [snapshot for snapshot in client.iterate_jobs() if is_alike(snapshot, job)]
    taken = known([snapshot.remote_id for snapshot in alike])
    return next((snapshot for snapshot in alike if snapshot.remote_id not in taken), None)


def is_alike(snapshot: JobSnapshot, job: Job) -> bool:
    """Whether a job without our mark may be the one we asked for."""
    return (
        TOKEN_KEY not in snapshot.metadata
        and snapshot.training_file == job.training_remote_file
        and snapshot.suffix in {None, job.suffix}
        and (snapshot.model is None or snapshot.model.startswith(job.base_model))
        and _is_recent(snapshot, job)
    )


def _is_recent(snapshot: JobSnapshot, job: Job) -> bool:
    if snapshot.created_at is None or job.asked_at is None:
        return True
    return snapshot.created_at >= job.asked_at - CLOCK_SLACK

"""What the page of a job says above everything else: only what is true now, and at most three."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from app.core.text import N_
from app.jobs.failures import Failure, explain_failure
from app.jobs.models import Creation, Job
from app.jobs.sentences import Sentence
from app.jobs.summary import JobSummary
from app.provider.types import JobStatus

MOST_ALERTS = 3
SOON_DAYS = 90
NOBODY_ASKS = N_(
    "{provider} was asked to create the job and is retired now, so nobody asks whether it did. "
    "Use the connection again to find out, or cancel the job to stop waiting."
)


@dataclass(frozen=True, slots=True)
class Alert:
    """`words` are the provider's or a person's own; `lines` are rows of the version to look at."""

    kind: Literal["bad", "warn", "info"]
    title: Sentence
    detail: Sequence[Sentence] = ()
    words: str = ""
    lines: Sequence[int] = field(default=())
    is_about_validation: bool = False


def list_alerts(summary: JobSummary) -> list[Alert]:
    return list(islice(_alerts(summary), MOST_ALERTS))


def _alerts(summary: JobSummary) -> Iterator[Alert]:
    job, is_retired = summary.job, summary.connection.is_retired
    if job.status is JobStatus.FAILED:
        yield _failed(job, explain_failure(job))
    if (problem := job.sync_problem) is not None:
        yield _out_of_touch(job, Sentence(problem.sentence, problem.params))
    if job.cancel_requested_at is not None and not (job.is_finished or is_retired):
        yield Alert("info", Sentence(N_("The provider has been asked to cancel this job.")))
    if job.warnings_reason:
        yield Alert(
            "warn",
            Sentence(N_("Started although there were warnings.")),
            [Sentence(each["sentence"], each["places"]) for each in job.warnings],
            words=job.warnings_reason,
        )
    yield from _base_stops(summary)


def _failed(job: Job, failure: Failure) -> Alert:
    """What kept a job from being created is a sentence of ours, what ended it the provider's."""
    if job.creation is Creation.ABANDONED:
        said = Sentence(job.error_message or "", job.error_places)
        return Alert("bad", Sentence(N_("The job was not created.")), [said])
    return Alert(
        "bad",
        failure.meaning or Sentence(N_("The job failed.")),
        words=job.error_message or "",
        lines=failure.lines,
        is_about_validation=failure.is_validation_file,
    )


def _out_of_touch(job: Job, problem: Sentence) -> Alert:
    if job.forgotten_at is not None:
        return Alert("warn", problem)
    if job.last_synced_at is None:
        title = Sentence(N_("The provider has not answered yet."))
    else:
        places = {"moment": job.last_synced_at}
        title = Sentence(N_("Out of touch with the provider; it last answered {moment}."), places)
    return Alert("warn", title, [problem])


def _base_stops(summary: JobSummary) -> Iterator[Alert]:
    days = summary.base.days_left if summary.base else None
    if days is None or days > SOON_DAYS:
        return
    places = {"model": summary.job.base_model, "days": days}
    if days < 0:
        title = Sentence(N_("{model} and everything tuned on it has been shut down."), places)
    else:
        title = Sentence(N_("{model} and everything tuned on it stops in {days} days."), places)
    yield Alert("warn", title)


def waiting_for(summary: JobSummary) -> Sentence | None:
    """What has to happen next, while there is nothing to see yet."""
    job = summary.job
    host = {"provider": summary.connection.name}
    if job.creation is Creation.ASKED and summary.connection.is_retired:
        return Sentence(NOBODY_ASKS, host)
    if job.creation is Creation.ASKED:
        return Sentence(N_("Asked {provider} to create the job; waiting for its answer."), host)
    if job.is_creating and job.training_remote_file is None:
        return Sentence(N_("The data is on its way to {provider}. The job is created then."), host)
    if job.is_creating:
        return Sentence(N_("{provider} reads the data. The job is created then."), host)
    sentence = _WAITING.get(job.status)
    if job.status is JobStatus.RUNNING and not job.last_step:
        sentence = N_("{provider} has begun. The first step has not been reported yet.")
    return Sentence(sentence, host) if sentence else None


_WAITING = {
    JobStatus.VALIDATING: N_("{provider} checks the data before the job can begin."),
    JobStatus.QUEUED: N_("In the queue of {provider}: it begins when there is room."),
    JobStatus.PAUSED: N_("Paused at {provider}: it goes on when somebody resumes it there."),
}

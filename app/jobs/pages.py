"""The page of a job: what every tab of it shows, and the sentences in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from app.core.clock import now
from app.core.text import N_
from app.jobs.alerts import Alert, list_alerts, waiting_for
from app.jobs.models import Job
from app.jobs.sentences import Sentence
from app.jobs.summary import JobSummary, summarize_job
from app.provider.types import JobStatus
from app.web.filters import figure, number, relative
from app.web.filters import usd as usd_text
from app.web.language import gettext


class Tab(StrEnum):
    METRICS = "metrics"
    CHECKPOINTS = "checkpoints"
    DATA = "data"
    CONFIGURATION = "configuration"
    EVENTS = "events"
    RAW = "raw"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Tab.METRICS: N_("Metrics"),
    Tab.CHECKPOINTS: N_("Checkpoints"),
    Tab.DATA: N_("Data"),
    Tab.CONFIGURATION: N_("Configuration"),
    Tab.EVENTS: N_("Events"),
    Tab.RAW: N_("Raw JSON"),
}


@dataclass(frozen=True, slots=True)
class JobPage:
    """What stands above the tabs, and which of them is open."""

    summary: JobSummary
    tab: Tab
    alerts: Sequence[Alert]
    waiting: Sentence | None

    @property
    def job(self) -> Job:
        return self.summary.job

    @property
    def path(self) -> str:
        return f"/jobs/{self.summary.id}"

    @property
    def tabs(self) -> list[tuple[Tab, str, str, int | None]]:
        """For the macro: id, label, address, count."""
        counts = {
            Tab.CHECKPOINTS: self.summary.checkpoint_count,
            Tab.EVENTS: self.summary.event_count,
        }
        return [(tab, gettext(tab.label), f"{self.path}?tab={tab}", counts.get(tab)) for tab in Tab]

    @property
    def status_label(self) -> str:
        """An invented word of a provider is shown as it came."""
        label = gettext(self.job.status_label)
        is_invented = self.job.status is JobStatus.UNKNOWN and self.job.raw_status
        return f"{label}: {self.job.raw_status}" if is_invented else label

    @property
    def cancel_blockers(self) -> list[str]:
        return [gettext(sentence) for sentence in _cancel_blockers(self.summary)]

    @property
    def playground_blockers(self) -> list[str]:
        if self.job.fine_tuned_model is not None:
            return []
        return [gettext(N_("The job has no tuned model to try."))]

    @property
    def may_retry(self) -> bool:
        return self.job.may_be_tried_again

    @property
    def cancel_does(self) -> str:
        return say(_what_cancelling_does(self.summary))

    @property
    def cancel_costs(self) -> str:
        return say(_what_cancelling_costs(self.summary))

    def say(self, sentence: Sentence) -> str:
        return say(sentence)

    def since_start(self, moment: datetime) -> str:
        """+1:02:03 after the job was made, −0:03 before."""
        seconds = round((moment - self.summary.origin_at).total_seconds())
        minutes, left = divmod(abs(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
        return f"{'+' if seconds >= 0 else '−'}{clock}"

    def rows_address(self, alert: Alert, line: int) -> str:
        """Where a row that an alert names can be looked at."""
        named = self.summary.training
        if alert.is_about_validation and self.summary.validation is not None:
            named = self.summary.validation
        version = named.version
        return f"/datasets/{version.dataset_id}/versions/{version.number}/examples?line={line}"


def show_job(session: Session, job_id: int, tab: str = "") -> JobPage:
    summary = summarize_job(session, job_id)
    return JobPage(
        summary=summary,
        tab=Tab(tab) if tab in set(Tab) else default_tab(summary.job),
        alerts=list_alerts(summary),
        waiting=waiting_for(summary),
    )


def default_tab(job: Job) -> Tab:
    """What ended badly opens on what was said about it."""
    went_wrong = job.status in {JobStatus.FAILED, JobStatus.CANCELLED}
    return Tab.EVENTS if went_wrong else Tab.METRICS


def say(sentence: Sentence) -> str:
    """In the reader's language; a text with places that nothing fills stays as it is."""
    places = {name: written(value) for name, value in sentence.places.items()}
    text = gettext(sentence.text)
    try:
        return text.format(**places) if places else text
    except (KeyError, IndexError, ValueError):
        return text


def written(value: object) -> str:
    if isinstance(value, datetime):
        return relative(value - now())
    if isinstance(value, int):
        return number(value)
    return figure(value) if isinstance(value, float) else str(value)


def _cancel_blockers(summary: JobSummary) -> list[str]:
    job = summary.job
    if job.is_finished:
        return [N_("The job has ended.")]
    if summary.connection.is_retired:
        return [N_("The connection is retired.")] if job.remote_id else []
    if job.cancel_requested_at is not None:
        return [N_("The provider has been asked already.")]
    return []


def _what_cancelling_does(summary: JobSummary) -> Sentence:
    job = summary.job
    if job.is_creating and job.asked_at is None:
        return Sentence(N_("The job is not created. Its data stays here."))
    if job.is_creating and summary.connection.is_retired:
        return Sentence(
            N_("Nobody waits for it here. A job the provider did create goes on there.")
        )
    if job.is_creating:
        return Sentence(N_("If the provider did create the job, it is cancelled there."))
    if not job.last_step:
        return Sentence(N_("The provider stops before the first step. No model is made."))
    places = {"step": job.last_step, "total": job.total_steps or job.last_step}
    return Sentence(
        N_(
            "The provider stops at step {step} of {total} or soon after. No tuned model is made; "
            "checkpoints it keeps, metrics and events stay here."
        ),
        places,
    )


def _what_cancelling_costs(summary: JobSummary) -> Sentence:
    usd = summary.usd_until_now
    if summary.is_free or (summary.job.is_creating and summary.job.asked_at is None):
        return Sentence(N_("Nothing."))
    if usd is None or summary.job.is_creating:
        return Sentence(N_("The provider may charge for the steps it made."))
    text = N_("The provider charges for the steps it made: about {usd}.")
    return Sentence(text, {"usd": usd_text(usd)})

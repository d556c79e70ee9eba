"""The tabs beside the metrics: data, configuration, events, the raw answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from app.core.context import Context
from app.core.storage import Storage
from app.jobs.event_log import EventPage, EventQuery, list_event_rows
from app.jobs.metrics_pages import CheckpointView, MetricsTab, view_checkpoints, view_metrics
from app.jobs.models import JobFile
from app.jobs.pages import JobPage, Tab
from app.jobs.request_text import RequestText, write_request
from app.jobs.service import list_files
from app.jobs.summary import JobSummary
from app.jobs.used_data import FirstRows, UsedVersion, describe_version, read_first_rows
from app.provider.types import Setting


@dataclass(frozen=True, slots=True)
class DataTab:
    training: UsedVersion
    validation: UsedVersion | None
    first_rows: FirstRows | None


@dataclass(frozen=True, slots=True)
class SettingRow:
    """`asked` is what the form said, `resolved` what the provider made of it."""

    name: str
    asked: Setting | None
    resolved: Setting | None

    @property
    def is_chosen(self) -> bool:
        return self.asked not in {None, "auto"}

    @property
    def differs(self) -> bool:
        return self.resolved is not None and self.resolved != self.asked


@dataclass(frozen=True, slots=True)
class ConfigurationTab:
    settings: Sequence[SettingRow]
    request: RequestText
    files: Sequence[JobFile]


@dataclass(frozen=True, slots=True)
class EventsTab:
    query: EventQuery
    page: EventPage

    def address(self, **changes: object) -> str:
        """The query of the address with some of it changed."""
        kept: dict[str, object] = {"tab": "events", "level": self.query.level, "q": self.query.q}
        kept["each"] = "1" if self.query.each else ""
        return "?" + urlencode({name: value for name, value in (kept | changes).items() if value})


TabContent = MetricsTab | list[CheckpointView] | DataTab | ConfigurationTab | EventsTab | str
NO_FILTER = EventQuery()


def content_of(
    context: Context,
    session: Session,
    page: JobPage,
    query: EventQuery = NO_FILTER,
    *,
    every_chart: bool = False,
) -> TabContent:
    """What the open tab shows."""
    summary = page.summary
    match page.tab:
        case Tab.METRICS:
            return view_metrics(context.db, session, summary, every_chart=every_chart)
        case Tab.CHECKPOINTS:
            return view_checkpoints(session, summary)
        case Tab.DATA:
            return view_data(session, context.storage, summary)
        case Tab.CONFIGURATION:
            return view_configuration(session, summary)
        case Tab.EVENTS:
            return EventsTab(query, list_event_rows(session, summary.id, query))
        case Tab.RAW:
            return json.dumps(summary.job.raw, indent=2, ensure_ascii=False)


def view_data(session: Session, storage: Storage, summary: JobSummary) -> DataTab:
    validation = summary.validation
    return DataTab(
        training=describe_version(session, summary.training),
        validation=describe_version(session, validation) if validation else None,
        first_rows=read_first_rows(storage, summary.training.version),
    )


def view_configuration(session: Session, summary: JobSummary) -> ConfigurationTab:
    job = summary.job
    names = dict.fromkeys([*job.requested, *job.resolved])
    return ConfigurationTab(
        settings=[SettingRow(n, job.requested.get(n), job.resolved.get(n)) for n in names],
        request=write_request(job, summary.connection),
        files=list_files(session, summary.id),
    )

"""Jobs and everything that ever came from a provider about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.columns import enum_column, json_column
from app.core.errors import DomainError
from app.core.leases import Leased
from app.core.text import N_
from app.provider.types import JobStatus, Setting

# In the order of the list, with everything it is filtered by: a page is found in the index alone.
LISTED = (
    "is_finished",
    "id",
    "status",
    "base_model",
    "connection_id",
    "created_by_id",
    "training_version_id",
)


class Creation(StrEnum):
    """How far a job has come on its way to the provider."""

    CREATING = "creating"
    ASKED = "asked"
    CREATED = "created"
    ABANDONED = "abandoned"

    @property
    def is_open(self) -> bool:
        return self in {Creation.CREATING, Creation.ASKED}


_METHOD_LABELS = {
    "supervised": N_("supervised"),
    "dpo": N_("preferences (DPO)"),
    "reinforcement": N_("reinforcement"),
}


class MetricSource(StrEnum):
    EVENT = "event"
    RESULT = "result"
    CHECKPOINT = "checkpoint"


class Job(Leased, table=True):
    """A fine-tuning job at a provider.

    `requested` and `resolved` hold hyperparameters: what was asked and what the provider made of
    it. `token` travels in the job's metadata, so that a job whose answer was lost is found again.
    `asked_at` is written before the paid request: while it is set the job may exist already.
    `curve` is the loss as 80 numbers for the list; `event_marker` the newest event read completely.
    `is_read` says that nothing more is to be asked about it. A sentence of ours, as in
    `sync_error`, is kept as it is translated, with what fills its places beside it.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("remote_id", "connection_id", name="uq_job_remote_id"),
        Index("ix_job_listed", *LISTED),
        Index(
            "ix_job_followed",
            "connection_id",
            "next_sync_at",
            sqlite_where=text("is_read IS 0"),
            postgresql_where=text("is_read IS false"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    token: str = Field(max_length=64, unique=True)
    submission: str = Field(max_length=64, unique=True)
    connection_id: int = Field(foreign_key="connection.id", ondelete="RESTRICT")
    remote_id: str | None = Field(default=None, max_length=200)
    copied_from_id: int | None = Field(default=None, foreign_key="job.id", ondelete="SET NULL")
    created_by_id: int | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )

    creation: Creation = Field(
        default=Creation.CREATING, sa_column=enum_column(Creation, 16, index=True)
    )
    status: JobStatus = Field(default=JobStatus.QUEUED, sa_column=enum_column(JobStatus, 16))
    raw_status: str = Field(default="", max_length=64)
    is_finished: bool = Field(default=False)

    base_model: str = Field(max_length=200)
    method: str = Field(default="supervised", max_length=32)
    suffix: str | None = Field(default=None, max_length=64)
    seed: int | None = Field(default=None)
    requested: dict[str, Setting] = Field(default_factory=dict, sa_column=json_column())
    resolved: dict[str, Setting] = Field(default_factory=dict, sa_column=json_column())
    training_version_id: int = Field(
        foreign_key="dataset_version.id", ondelete="RESTRICT", index=True
    )
    validation_version_id: int | None = Field(
        default=None, foreign_key="dataset_version.id", ondelete="RESTRICT", index=True
    )
    training_remote_file: str | None = Field(default=None, max_length=200)
    validation_remote_file: str | None = Field(default=None, max_length=200)
    warnings: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    warnings_reason: str | None = Field(default=None, max_length=500)

    example_count: int | None = Field(default=None)
    estimated_tokens: int | None = Field(default=None, sa_type=BigInteger)
    estimated_usd: float | None = Field(default=None)
    usd_per_million: float | None = Field(default=None)
    trained_tokens: int | None = Field(default=None, sa_type=BigInteger)

    fine_tuned_model: str | None = Field(default=None, max_length=300, index=True)
    error_code: str | None = Field(default=None, max_length=200)
    error_message: str | None = Field(default=None, max_length=4000)
    error_param: str | None = Field(default=None, max_length=200)
    error_places: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    raw: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())

    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = Field(default=None)
    finished_at: datetime | None = Field(default=None)
    estimated_finish_at: datetime | None = Field(default=None)

    last_step: int | None = Field(default=None)
    total_steps: int | None = Field(default=None)
    train_loss: float | None = Field(default=None)
    valid_loss: float | None = Field(default=None)
    accuracy: float | None = Field(default=None)
    best_valid_loss: float | None = Field(default=None)
    best_step: int | None = Field(default=None)
    curve_name: str | None = Field(default=None, max_length=200)
    curve: list[float] = Field(default_factory=list, sa_column=json_column())

    asked_at: datetime | None = Field(default=None)
    asked_count: int = Field(default=0)
    failure_count: int = Field(default=0)
    cancel_requested_at: datetime | None = Field(default=None)
    next_sync_at: datetime = Field(default_factory=now, index=True)
    sync_seconds: float = Field(default=0.0)
    last_synced_at: datetime | None = Field(default=None)
    sync_error: str | None = Field(default=None, max_length=1000)
    sync_error_places: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    watched_until: datetime | None = Field(default=None)
    event_marker: str | None = Field(default=None, max_length=200)
    missing_count: int = Field(default=0)
    forgotten_at: datetime | None = Field(default=None)
    is_read: bool = Field(default=False)

    @property
    def is_creating(self) -> bool:
        return self.creation.is_open

    @property
    def may_be_tried_again(self) -> bool:
        """Whether it is certain that the provider never had it."""
        return self.creation is Creation.ABANDONED and self.status is not JobStatus.UNKNOWN

    @property
    def method_label(self) -> str:
        """Our word, or the provider's own for a method we do not know."""
        return _METHOD_LABELS.get(self.method, self.method)

    @property
    def status_word(self) -> str:
        """The word that names shape and colour."""
        return "uploading" if self.is_creating else self.status.value

    @property
    def status_label(self) -> str:
        if self.cancel_requested_at is not None and not self.is_finished:
            return N_("cancelling")
        return N_("creating") if self.is_creating else self.status.label

    @property
    def sync_problem(self) -> DomainError | None:
        """Why the last look at the provider failed."""
        return DomainError(self.sync_error, **self.sync_error_places) if self.sync_error else None

    @property
    def is_stale(self) -> bool:
        return self.sync_error is not None and not self.is_finished

    @property
    def trained_usd(self) -> float | None:
        """What the provider charges for the tokens it trained on; None while it has not said."""
        if self.usd_per_million is None or self.trained_tokens is None:
            return None
        return self.trained_tokens / 1e6 * self.usd_per_million


class JobSync(Leased, table=True):
    """When a connection is looked at next: one row per connection that has jobs."""

    __tablename__ = "job_sync"

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="connection.id", unique=True, ondelete="CASCADE")
    next_sync_at: datetime = Field(default_factory=now, index=True)
    last_synced_at: datetime | None = Field(default=None)
    failure_count: int = Field(default=0)


class JobEvent(SQLModel, table=True):
    __tablename__ = "job_event"
    __table_args__ = (
        UniqueConstraint("job_id", "remote_id", name="uq_job_event_job_id"),
        Index("ix_job_event_page", "job_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id", ondelete="CASCADE")
    remote_id: str = Field(max_length=200)
    at: datetime
    level: str = Field(max_length=16)
    type: str | None = Field(default=None, max_length=64)
    message: str
    step: int | None = Field(default=None)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())


class MetricPoint(SQLModel, table=True):
    """A number a provider gave for a step: any name it used is kept."""

    __tablename__ = "metric_point"
    __table_args__ = {"sqlite_with_rowid": False}

    job_id: int = Field(primary_key=True, foreign_key="job.id", ondelete="CASCADE")
    name: str = Field(primary_key=True, max_length=200)
    step: int = Field(primary_key=True)
    value: float
    source: MetricSource = Field(sa_column=enum_column(MetricSource, 16))


class Checkpoint(SQLModel, table=True):
    __tablename__ = "checkpoint"
    __table_args__ = (UniqueConstraint("job_id", "remote_id", name="uq_checkpoint_job_id"),)

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id", ondelete="CASCADE")
    remote_id: str = Field(max_length=200)
    step: int | None = Field(default=None)
    model: str | None = Field(default=None, max_length=300)
    metrics: dict[str, float] = Field(default_factory=dict, sa_column=json_column())
    created_at: datetime | None = Field(default=None)


class JobFile(SQLModel, table=True):
    """A result file as it came, kept in storage under the hash of its bytes."""

    __tablename__ = "job_file"
    __table_args__ = (UniqueConstraint("job_id", "remote_id", name="uq_job_file_job_id"),)

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id", ondelete="CASCADE")
    remote_id: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    size: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(default_factory=now)

"""What we know of a provider's objects: our words, our types, the raw answer beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from app.core.text import N_

Raw = Mapping[str, Any]
Setting = float | int | str
T = TypeVar("T")


class JobStatus(StrEnum):
    VALIDATING = "validating"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        return self in _TERMINAL

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]


_TERMINAL = {JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED}
_STATUS_LABELS = {
    JobStatus.VALIDATING: N_("validating"),
    JobStatus.QUEUED: N_("queued"),
    JobStatus.RUNNING: N_("running"),
    JobStatus.PAUSED: N_("paused"),
    JobStatus.SUCCEEDED: N_("succeeded"),
    JobStatus.FAILED: N_("failed"),
    JobStatus.CANCELLED: N_("cancelled"),
    JobStatus.UNKNOWN: N_("unknown"),
}


class FileState(StrEnum):
    """Whether a remote file can be used in a job."""

    READY = "ready"
    PENDING = "pending"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `has_more` is None where the provider does not say."""

    items: tuple[T, ...]
    has_more: bool | None


@dataclass(frozen=True, slots=True)
class RemoteFileInfo:
    remote_id: str
    filename: str
    size: int | None
    purpose: str | None
    state: FileState
    detail: str | None
    created_at: datetime | None
    raw: Raw


@dataclass(frozen=True, slots=True)
class ModelInfo:
    id: str
    owned_by: str | None
    created_at: datetime | None
    shutdown_date: date | None
    raw: Raw

    @property
    def is_tuned(self) -> bool:
        return self.id.startswith("ft:") or ".ft-" in self.id


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, in the provider's words."""

    code: str | None
    message: str
    param: str | None


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """A job as the provider tells it now.

    `hyperparameters` holds numbers, or `auto` where the provider has not chosen yet.
    """

    remote_id: str
    status: JobStatus
    raw_status: str
    model: str | None
    fine_tuned_model: str | None
    method: str | None
    hyperparameters: Mapping[str, Setting]
    training_file: str | None
    validation_file: str | None
    result_files: tuple[str, ...]
    error: JobError | None
    created_at: datetime | None
    finished_at: datetime | None
    estimated_finish_at: datetime | None
    trained_tokens: int | None
    trained_steps: int | None
    total_steps: int | None
    seed: int | None
    suffix: str | None
    organization: str | None
    metadata: Mapping[str, str]
    raw: Raw


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """Something a provider said about a job; `metrics` holds every number of a step by its path."""

    remote_id: str
    created_at: datetime | None
    level: str
    type: str | None
    message: str
    step: int | None
    total_steps: int | None
    metrics: Mapping[str, float]
    raw: Raw


@dataclass(frozen=True, slots=True)
class CheckpointSnapshot:
    remote_id: str
    model: str | None
    step: int | None
    created_at: datetime | None
    metrics: Mapping[str, float]
    result_files: tuple[str, ...]
    raw: Raw


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job to create. A hyperparameter that is absent is left to the provider (`auto`)."""

    model: str
    training_file: str
    validation_file: str | None = None
    method: str = "supervised"
    hyperparameters: Mapping[str, Setting] = field(default_factory=dict)
    suffix: str | None = None
    seed: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; None leaves the choice to the provider."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    n: int = 1


@dataclass(frozen=True, slots=True)
class ChatRequest:
    model: str
    messages: tuple[Mapping[str, Any], ...]
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    model: str
    prompt: str
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer number `index`."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Answer number `index` ended: `stop`, `length`, `content_filter`, …"""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


StreamPart = Delta | Finish | Usage

"""Datasets, their immutable versions, what the check said, and copies at providers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.columns import enum_column, json_column
from app.core.leases import Leased
from app.core.text import N_
from app.datasets.blobs import HOLDS_BYTES
from app.datasets.formats import DatasetFormat


class VersionStatus(StrEnum):
    """Where a version stands: first on its way through the check, then what the check said."""

    UPLOADED = "uploaded"
    VALIDATING = "validating"
    READY = "ready"
    WARNING = "warning"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]

    @property
    def is_pending(self) -> bool:
        return self in {VersionStatus.UPLOADED, VersionStatus.VALIDATING}

    @property
    def is_checked(self) -> bool:
        return self in {VersionStatus.READY, VersionStatus.WARNING, VersionStatus.BLOCKED}

    @property
    def is_usable(self) -> bool:
        """Whether a job may use the version."""
        return self in {VersionStatus.READY, VersionStatus.WARNING}

    @property
    def word(self) -> str:
        """The status word that names shape and colour."""
        return "queued" if self is VersionStatus.UPLOADED else self.value


_STATUS_LABELS = {
    VersionStatus.UPLOADED: N_("waiting for the check"),
    VersionStatus.VALIDATING: N_("checking"),
    VersionStatus.READY: N_("ready"),
    VersionStatus.WARNING: N_("ready with warnings"),
    VersionStatus.BLOCKED: N_("blocked"),
    VersionStatus.FAILED: N_("check failed"),
    VersionStatus.CANCELLED: N_("check cancelled"),
}


class VersionSource(StrEnum):
    UPLOAD = "upload"
    SAMPLE = "sample"
    SPLIT = "split"
    IMPORT = "import"
    RECIPE = "recipe"

    @property
    def label(self) -> str:
        return _SOURCE_LABELS[self]


_SOURCE_LABELS = {
    VersionSource.UPLOAD: N_("uploaded"),
    VersionSource.SAMPLE: N_("sample"),
    VersionSource.SPLIT: N_("split"),
    VersionSource.IMPORT: N_("imported"),
    VersionSource.RECIPE: N_("prepared"),
}


class VersionPart(StrEnum):
    """What a version is of the one it was split from."""

    TRAINING = "training"
    VALIDATION = "validation"

    @property
    def label(self) -> str:
        return _PART_LABELS[self]


_PART_LABELS = {
    VersionPart.TRAINING: N_("training part"),
    VersionPart.VALIDATION: N_("validation part"),
}


class Dataset(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120, unique=True)
    last_number: int = Field(default=0)
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now, index=True)


class DatasetVersion(Leased, table=True):
    """An immutable JSONL file. Counts are there once it is checked.

    Of `checked_bytes` an earlier check, ended before its time, had read `resumed_bytes`.
    """

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    dataset_id: int = Field(foreign_key="dataset.id", ondelete="RESTRICT")
    number: int
    filename: str = Field(max_length=255)
    sha256: str = Field(max_length=64, index=True, sa_column_kwargs=HOLDS_BYTES)
    size: int = Field(sa_type=BigInteger)
    source: VersionSource = Field(sa_column=enum_column(VersionSource, 16))
    part: VersionPart | None = Field(
        default=None, sa_column=enum_column(VersionPart, 16, nullable=True)
    )
    parent_version_id: int | None = Field(
        default=None, foreign_key="dataset_version.id", index=True, ondelete="RESTRICT"
    )
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now)

    status: VersionStatus = Field(
        default=VersionStatus.UPLOADED, sa_column=enum_column(VersionStatus, 16, index=True)
    )
    checking_since: datetime | None = Field(default=None)
    checked_at: datetime | None = Field(default=None)
    checked_bytes: int = Field(default=0, sa_type=BigInteger)
    resumed_bytes: int = Field(default=0, sa_type=BigInteger)
    attempt_count: int = Field(default=0)

    format: DatasetFormat | None = Field(
        default=None, sa_column=enum_column(DatasetFormat, 16, nullable=True)
    )
    line_count: int | None = Field(default=None, sa_type=BigInteger)
    example_count: int | None = Field(default=None, sa_type=BigInteger)
    token_count: int | None = Field(default=None, sa_type=BigInteger)
    assistant_token_count: int | None = Field(default=None, sa_type=BigInteger)


class ValidationReport(SQLModel, table=True):
    """What the check of a version said, small: rows are found through the example index.

    `highlights` holds the first lines and one offending text of each finding, by rule;
    `affected_count` the rows with at least one error or warning.
    """

    __tablename__ = "validation_report"

    version_id: int = Field(primary_key=True, foreign_key="dataset_version.id", ondelete="CASCADE")
    summary: dict[str, Any] = Field(sa_column=json_column())
    highlights: dict[str, Any] = Field(sa_column=json_column())
    affected_count: int = Field(sa_type=BigInteger)
    seconds: float
    created_at: datetime = Field(default_factory=now)


class RemoteFile(SQLModel, table=True):
    """The copy of a version at a provider."""

    __tablename__ = "remote_file"
    __table_args__ = (UniqueConstraint("version_id", "connection_id"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="dataset_version.id", ondelete="CASCADE")
    connection_id: int = Field(foreign_key="connection.id", index=True, ondelete="CASCADE")
    remote_id: str = Field(max_length=255)
    filename: str = Field(max_length=255)
    state: str = Field(max_length=32)
    created_at: datetime = Field(default_factory=now)

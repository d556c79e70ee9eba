"""Files that are not examples yet: kept as sent, recognised, mapped, and made into versions."""

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
from app.datasets.imports.mapping import Target


class ImportStatus(StrEnum):
    """`refused` is a file that cannot be read at all, `failed` one that broke later."""

    RECEIVED = "received"
    REFUSED = "refused"
    RECOGNISED = "recognised"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def word(self) -> str:
        """The status word that names shape and colour."""
        return _WORDS[self]

    @property
    def is_pending(self) -> bool:
        """Whether the background works on it or is about to."""
        return self in {ImportStatus.RECEIVED, ImportStatus.STARTED}

    @property
    def is_over(self) -> bool:
        return self in {ImportStatus.REFUSED, ImportStatus.DONE, ImportStatus.FAILED}

    @property
    def can_start(self) -> bool:
        return self in {ImportStatus.RECOGNISED, ImportStatus.FAILED}


_LABELS = {
    ImportStatus.RECEIVED: N_("being recognised"),
    ImportStatus.REFUSED: N_("cannot be read"),
    ImportStatus.RECOGNISED: N_("waiting for you"),
    ImportStatus.STARTED: N_("being imported"),
    ImportStatus.DONE: N_("imported"),
    ImportStatus.FAILED: N_("failed"),
}
_WORDS = {
    ImportStatus.RECEIVED: "validating",
    ImportStatus.REFUSED: "blocked",
    ImportStatus.RECOGNISED: "paused",
    ImportStatus.STARTED: "running",
    ImportStatus.DONE: "succeeded",
    ImportStatus.FAILED: "failed",
}


class Import(Leased, table=True):
    """`recognition`, `sample` and `mapping` are there once the file is recognised.

    `sample` holds the first rows, long texts shortened. `columns_key` finds imports with the same
    columns. `row_count` is None until all rows are counted; `begun_at` is when a worker began to
    convert them. `left_out` are reasons with counts;
    the rows themselves are JSON lines in the storage. `refusal` is a sentence with its values.
    """

    __tablename__ = "dataset_import"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    dataset_id: int | None = Field(default=None, foreign_key="dataset.id", ondelete="SET NULL")
    filename: str = Field(max_length=255)
    sha256: str = Field(max_length=64, index=True, sa_column_kwargs=HOLDS_BYTES)
    size: int = Field(sa_type=BigInteger)
    status: ImportStatus = Field(
        default=ImportStatus.RECEIVED, sa_column=enum_column(ImportStatus, 16, index=True)
    )
    options: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    recognition: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    sample: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    mapping: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    columns_key: str | None = Field(default=None, max_length=32, index=True)
    refusal: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    row_count: int | None = Field(default=None, sa_type=BigInteger)
    rows_done: int = Field(default=0, sa_type=BigInteger)
    left_out: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    left_out_sha256: str | None = Field(
        default=None, max_length=64, index=True, sa_column_kwargs=HOLDS_BYTES
    )
    begun_at: datetime | None = Field(default=None)
    attempt_count: int = Field(default=0)
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now, index=True)
    done_at: datetime | None = Field(default=None)


class ImportOutput(SQLModel, table=True):
    """A version that an import made; its row map lies beside the version's bytes."""

    __tablename__ = "import_output"

    version_id: int = Field(primary_key=True, foreign_key="dataset_version.id", ondelete="CASCADE")
    import_id: int = Field(foreign_key="dataset_import.id", index=True, ondelete="CASCADE")
    is_without_system: bool = Field(default=False)


class SavedMapping(SQLModel, table=True):
    """A mapping that was used, offered for files with the same columns; `key` tells it from others.

    `key` is a digest of the mapping, so that one that is used again stands there once.
    """

    __tablename__ = "saved_mapping"
    __table_args__ = (UniqueConstraint("columns_key", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    columns_key: str = Field(max_length=32)
    key: str = Field(max_length=32)
    mapping: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    used_at: datetime = Field(default_factory=now, index=True)

    @property
    def target(self) -> Target:
        """What rows become by it."""
        return Target(self.mapping["target"])

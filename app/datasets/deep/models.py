"""Where the second look at a version stands, and what it found in figures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from app.core.columns import enum_column, json_column
from app.core.leases import Leased


class DeepStatus(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class DeepCheck(Leased, SQLModel, table=True):
    """Asked for when the check of a version ends; the rows it found stand beside the index.

    `findings` holds groups and lines of examples that are alike, by kind; `compared_count` the
    different texts that were compared for likeness, `different_count` those there are. What
    rules find in the texts goes to the report of the version; `texts` keeps figures of them.
    """

    __tablename__ = "deep_check"

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="dataset_version.id", unique=True, ondelete="CASCADE")
    status: DeepStatus = Field(
        default=DeepStatus.WAITING, sa_column=enum_column(DeepStatus, 16, index=True)
    )
    attempt_count: int = Field(default=0)
    done_count: int = Field(default=0, sa_type=BigInteger)
    total_count: int = Field(default=0, sa_type=BigInteger)
    findings: dict[str, dict[str, int]] = Field(default_factory=dict, sa_column=json_column())
    texts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    compared_count: int = Field(default=0, sa_type=BigInteger)
    different_count: int = Field(default=0, sa_type=BigInteger)
    done_at: datetime | None = Field(default=None)

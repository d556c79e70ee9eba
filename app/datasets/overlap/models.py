"""Where the comparison of two versions stands, and what it found in figures."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import enum_column, json_column
from app.core.leases import Leased

LONGEST_PATH = 200


class OverlapStatus(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Overlap(Leased, SQLModel, table=True):
    """Which examples of a version are known from another; the rows stand beside the index.

    Without `group_path` the texts are compared, with it only the values there. `counts` holds
    examples of the version by kind: the exact ones as soon as they are known, all once it is done.
    `affected_count` are those of any kind, `compared_count` the different texts that were looked
    for nearly, `different_count` those there are.
    """

    __tablename__ = "overlap"
    __table_args__ = (UniqueConstraint("version_id", "against_id", "group_path"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="dataset_version.id", ondelete="CASCADE")
    against_id: int = Field(foreign_key="dataset_version.id", index=True, ondelete="CASCADE")
    group_path: str = Field(default="", max_length=LONGEST_PATH)
    status: OverlapStatus = Field(
        default=OverlapStatus.WAITING, sa_column=enum_column(OverlapStatus, 16, index=True)
    )
    attempt_count: int = Field(default=0)
    done_count: int = Field(default=0, sa_type=BigInteger)
    total_count: int = Field(default=0, sa_type=BigInteger)
    counts: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    affected_count: int = Field(default=0, sa_type=BigInteger)
    compared_count: int = Field(default=0, sa_type=BigInteger)
    different_count: int = Field(default=0, sa_type=BigInteger)
    done_at: datetime | None = Field(default=None)

    @property
    def is_done(self) -> bool:
        return self.status is OverlapStatus.DONE

    @property
    def is_waiting(self) -> bool:
        return self.status is OverlapStatus.WAITING

"""What people decided about a rule: for one dataset, with the reason."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.columns import enum_column
from app.datasets.rules import Severity

LONGEST_REASON = 500


class SeverityOverride(SQLModel, table=True):
    """Holds for all versions of the dataset, those to come included."""

    __tablename__ = "severity_override"
    __table_args__ = (UniqueConstraint("dataset_id", "rule"),)

    id: int | None = Field(default=None, primary_key=True)
    dataset_id: int = Field(foreign_key="dataset.id", ondelete="CASCADE")
    rule: str = Field(max_length=64)
    severity: Severity = Field(sa_column=enum_column(Severity, 16))
    reason: str = Field(max_length=LONGEST_REASON)
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now)

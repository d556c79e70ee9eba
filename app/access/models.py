"""People and their sign-ins."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.core.actor import Role
from app.core.clock import now
from app.core.columns import enum_column


class User(SQLModel, table=True):
    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=64, unique=True)
    password_hash: str = Field(max_length=255)
    role: Role = Field(sa_column=enum_column(Role, 16))
    created_at: datetime = Field(default_factory=now)
    retired_at: datetime | None = Field(default=None)
    failed_count: int = Field(default=0)
    locked_until: datetime | None = Field(default=None)

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None


class LoginSession(SQLModel, table=True):
    __tablename__ = "login_session"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True, ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    user_agent: str = Field(default="", max_length=255)

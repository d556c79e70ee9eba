"""Prompts that were sent to models, and what each of them answered."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.columns import json_column
from app.core.text import N_

# Longer than any answer may take: what is open then was left behind by a server that ended.
LEFT_BEHIND_AFTER = timedelta(minutes=8)


class Endpoint(StrEnum):
    """How a model is asked; AUTO leaves it to what is known of the model."""

    AUTO = "auto"
    CHAT = "chat"
    COMPLETION = "completion"

    @property
    def label(self) -> str:
        return _ENDPOINT_LABELS[self]


_ENDPOINT_LABELS = {
    Endpoint.AUTO: N_("automatically"),
    Endpoint.CHAT: N_("chat"),
    Endpoint.COMPLETION: N_("completion"),
}


class ColumnState(StrEnum):
    IDLE = "idle"
    ASKED = "asked"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"


class Answer(BaseModel):
    """One of the samples. `finish_reason` is the provider's word, None if it was cut off."""

    text: str = ""
    finish_reason: str | None = None


class Column(BaseModel):
    """A model with its system prompt, and what it said.

    `endpoint` is what was chosen, `asked_as` what that came to. Times are in seconds since the
    request left; `error` is a sentence with what fills its places.
    """

    key: str
    model: str = ""
    system: str = ""
    endpoint: Endpoint = Endpoint.AUTO
    asked_as: Endpoint = Endpoint.CHAT
    state: ColumnState = ColumnState.IDLE
    answers: list[Answer] = []
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_seconds: float | None = None
    seconds: float | None = None
    error: dict[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        return self.state is ColumnState.ASKED

    @property
    def has_text(self) -> bool:
        return any(answer.text for answer in self.answers)


class Exchange(SQLModel, table=True):
    """One prompt, sent to up to four columns. `expected` is what the data answers to it."""

    __tablename__ = "exchange"

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="connection.id", ondelete="RESTRICT", index=True)
    asked_by_id: int | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    asked_by: str = Field(max_length=64)
    asked_at: datetime = Field(default_factory=now)
    ended_at: datetime | None = Field(default=None)
    prompt: str
    expected: str | None = Field(default=None)
    sampling: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    columns: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())

    @property
    def shown_columns(self) -> list[Column]:
        """What a server that ended left open counts as stopped."""
        columns = [Column.model_validate(column) for column in self.columns]
        if self.ended_at is None and now() - self.asked_at > LEFT_BEHIND_AFTER:
            for column in columns:
                column.state = ColumnState.STOPPED if column.is_open else column.state
        return columns

"""Connections: where a provider is, how it is spoken to, and how that goes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Field

from app.connections.checks import CheckRow, read_rows
from app.core.clock import now
from app.core.columns import json_column
from app.core.leases import Leased
from app.core.text import N_
from app.provider.addresses import host_of
from app.provider.profiles import Profile, get_profile

FETCH_PATIENCE = timedelta(minutes=1)


class ConnectionState(StrEnum):
    WORKING = "working"
    LIMITED = "limited"
    FAILING = "failing"
    UNTRIED = "untried"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]

    @property
    def word(self) -> str:
        """The status word that names shape and colour."""
        return _STATE_WORDS[self]


_STATE_LABELS = {
    ConnectionState.WORKING: N_("works"),
    ConnectionState.LIMITED: N_("no new jobs"),
    ConnectionState.FAILING: N_("not working"),
    ConnectionState.UNTRIED: N_("not tried yet"),
    ConnectionState.RETIRED: N_("retired"),
}
_STATE_WORDS = {
    ConnectionState.WORKING: "succeeded",
    ConnectionState.LIMITED: "warning",
    ConnectionState.FAILING: "failed",
    ConnectionState.UNTRIED: "queued",
    ConnectionState.RETIRED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model as the provider listed it last."""

    id: str
    owned_by: str | None
    created_at: datetime | None
    shutdown_date: date | None
    is_tuned: bool

    @property
    def days_left(self) -> int | None:
        return (self.shutdown_date - now().date()).days if self.shutdown_date else None


class Connection(Leased, table=True):
    """`models` holds the provider's list as it was last read; pages read it instead of asking.

    `last_error` is a kept ProviderError, None once something has worked again.
    `training_available` is None until a provider has created a job or refused to for good.
    """

    __tablename__ = "connection"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)
    profile_name: str = Field(max_length=32)
    base_url: str = Field(max_length=500)
    encrypted_key: str | None = Field(default=None, max_length=6000)
    key_set_at: datetime | None = Field(default=None)
    organization: str | None = Field(default=None, max_length=200)
    project: str | None = Field(default=None, max_length=200)
    is_embedded: bool = Field(default=False)
    created_at: datetime = Field(default_factory=now)
    changed_at: datetime = Field(default_factory=now)
    retired_at: datetime | None = Field(default=None)

    last_sync_at: datetime | None = Field(default=None)
    last_error: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    last_error_at: datetime | None = Field(default=None)
    training_available: bool | None = Field(default=None)

    models: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    models_fetched_at: datetime | None = Field(default=None)
    models_due_at: datetime = Field(default_factory=now, index=True)
    models_failure_count: int = Field(default=0)

    last_test: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))

    @property
    def profile(self) -> Profile:
        return get_profile(self.profile_name)

    @property
    def host(self) -> str:
        return host_of(self.base_url)

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    @property
    def can_create_jobs(self) -> bool:
        return not (self.is_retired or self.training_available is False or self.profile.read_only)

    @property
    def state(self) -> ConnectionState:
        if self.is_retired:
            return ConnectionState.RETIRED
        if self.last_error is not None:
            return ConnectionState.FAILING
        if not self.can_create_jobs:
            return ConnectionState.LIMITED
        return ConnectionState.UNTRIED if self.last_sync_at is None else ConnectionState.WORKING

    @property
    def is_fetching_models(self) -> bool:
        """Whether the worker is about to read the list: it was asked for a moment ago."""
        moment = now()
        return not self.is_retired and self.models_due_at <= moment < self.models_due_at + (
            FETCH_PATIENCE
        )

    @property
    def test_rows(self) -> list[CheckRow]:
        return read_rows(self.last_test) if self.last_test else []

    @property
    def tested_at(self) -> datetime | None:
        return datetime.fromisoformat(self.last_test["at"]) if self.last_test else None

    @property
    def known_models(self) -> list[KnownModel]:
        return [_known_model(record) for record in self.models]

    @property
    def base_models(self) -> list[KnownModel]:
        return [model for model in self.known_models if not model.is_tuned]

    @property
    def tuned_models(self) -> list[KnownModel]:
        return [model for model in self.known_models if model.is_tuned]


def _known_model(record: dict[str, Any]) -> KnownModel:
    created_at, shutdown_date = record["created_at"], record["shutdown_date"]
    return KnownModel(
        id=record["id"],
        owned_by=record["owned_by"],
        created_at=datetime.fromisoformat(created_at) if created_at else None,
        shutdown_date=date.fromisoformat(shutdown_date) if shutdown_date else None,
        is_tuned=record["is_tuned"],
    )

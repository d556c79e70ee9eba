"""Recipes: what was done to a version to make others, so that it can be done again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.columns import enum_column, json_column
from app.core.leases import Leased
from app.core.text import N_
from app.datasets.models import VersionPart


class RecipeStatus(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def word(self) -> str:
        """The status word that names shape and colour."""
        return _WORDS[self]


_LABELS = {
    RecipeStatus.WAITING: N_("being prepared"),
    RecipeStatus.DONE: N_("prepared"),
    RecipeStatus.FAILED: N_("failed"),
}
_WORDS = {
    RecipeStatus.WAITING: "validating",
    RecipeStatus.DONE: "succeeded",
    RecipeStatus.FAILED: "failed",
}


class Recipe(Leased, table=True):
    """Ordered steps over one version. The same steps again are the same recipe.

    `effects` says for each step how many lines it has left out and changed, once it is done;
    `failure` is the sentence of the refusal that ended it.
    """

    __table_args__ = (UniqueConstraint("source_version_id", "fingerprint"),)

    id: int | None = Field(default=None, primary_key=True)
    source_version_id: int = Field(foreign_key="dataset_version.id", ondelete="CASCADE")
    steps: list[dict[str, Any]] = Field(sa_column=json_column())
    fingerprint: str = Field(max_length=64)
    status: RecipeStatus = Field(
        default=RecipeStatus.WAITING, sa_column=enum_column(RecipeStatus, 16, index=True)
    )
    effects: list[dict[str, int]] | None = Field(default=None, sa_column=json_column(nullable=True))
    failure: str | None = Field(default=None, max_length=255)
    attempt_count: int = Field(default=0)
    created_by_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now)
    done_at: datetime | None = Field(default=None)


class RecipeOutput(SQLModel, table=True):
    """A version that a recipe made; `part` where it has split the rows."""

    __tablename__ = "recipe_output"

    version_id: int = Field(primary_key=True, foreign_key="dataset_version.id", ondelete="CASCADE")
    recipe_id: int = Field(foreign_key="recipe.id", index=True, ondelete="CASCADE")
    part: VersionPart | None = Field(
        default=None, sa_column=enum_column(VersionPart, 16, nullable=True)
    )

"""Files on their way in."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from app.core.clock import now


class UploadSession(SQLModel, table=True):
    """A file that a person began to send.

    How far it came is the length of the partial file with this `key`, and stands nowhere else.
    `filename`, `size`, `modified_ms` (by the person's clock) and `fingerprint` (of the first
    megabyte, by the browser) tell whether a file chosen later is the same. `dataset_id` and `name`
    are what was said on the form. `sha256` is set when all bytes are there and were read once,
    `finished_at` when something was made of them; until `expires_at` both answer a form that is
    sent again because its answer was lost.
    """

    __tablename__ = "upload_session"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=32, unique=True)
    filename: str = Field(max_length=255)
    size: int = Field(sa_type=BigInteger)
    modified_ms: int = Field(sa_type=BigInteger)
    fingerprint: str = Field(max_length=64)
    dataset_id: int | None = Field(default=None, foreign_key="dataset.id", ondelete="SET NULL")
    name: str | None = Field(default=None, max_length=120)
    sha256: str | None = Field(default=None, max_length=64)
    created_by_id: int = Field(foreign_key="user_account.id", index=True)
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now)
    finished_at: datetime | None = Field(default=None)
    expires_at: datetime = Field(index=True)

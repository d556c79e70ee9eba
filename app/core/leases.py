"""Rows as queue: a worker claims a due row for some seconds; a dead worker loses it.

Times come from the database's clock, so that replicas need not agree on theirs.
"""

from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Float, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field, Session, SQLModel

MOST_ATTEMPTS = 4
Row = TypeVar("Row", bound="Leased")


class epoch_now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it is
    """Seconds since 1970 by the database's clock."""

    type = Float()
    inherit_cache = True


@compiles(epoch_now, "sqlite")
def _sqlite(_element: object, _compiler: object, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch_now)
def _standard(_element: object, _compiler: object, **_: Any) -> str:
    return "extract(epoch from clock_timestamp())"


class Leased(SQLModel):
    """Columns of a row that workers claim."""

    lease_owner: str | None = Field(default=None, max_length=64)
    lease_expires_at: float | None = Field(default=None)


def claim(
    session: Session,
    model: type[Any],
    *conditions: ColumnElement[bool],
    owner: str,
    seconds: float,
) -> int | None:
    """Take one row that meets the conditions and that nobody holds; its id, or None."""
    free = or_(model.lease_expires_at.is_(None), model.lease_expires_at < epoch_now())
    query = select(model.id).where(*conditions, free).order_by(model.id).limit(1)
    row_id = session.scalars(query.with_for_update(skip_locked=True)).first()
    if row_id is None or not _lease(session, model, owner, seconds, model.id == row_id, free):
        return None
    return int(row_id)


def claim_attempt(
    session: Session,
    model: type[Row],
    *conditions: ColumnElement[bool],
    owner: str,
    seconds: float,
    failed: str,
) -> Row | None:
    """Claim a row and count the attempt; one that was tried too often gets the status `failed`."""
    row_id = claim(session, model, *conditions, owner=owner, seconds=seconds)
    if row_id is None:
        return None
    row: Any = session.get_one(model, row_id)
    row.attempt_count += 1
    if row.attempt_count <= MOST_ATTEMPTS:
        return cast(Row, row)
    row.status = failed
    session.flush()
    release(session, model, row_id, owner=owner)
    return None


def renew(session: Session, model: type[Any], row_id: int, *, owner: str, seconds: float) -> bool:
    """Keep a claimed row; False when it was lost to another worker."""
    return _lease(session, model, owner, seconds, model.id == row_id, model.lease_owner == owner)


def release(session: Session, model: type[Any], row_id: int, *, owner: str) -> None:
    session.exec(
        update(model)
        .where(model.id == row_id, model.lease_owner == owner)
        .values(lease_owner=None, lease_expires_at=None)
    )


def _lease(
    session: Session,
    model: type[Any],
    owner: str,
    seconds: float,
    *conditions: ColumnElement[bool],
) -> bool:
    values = {"lease_owner": owner, "lease_expires_at": epoch_now() + seconds}
    result = session.exec(update(model).where(*conditions).values(**values))
    return cast(CursorResult[Any], result).rowcount == 1

"""Keeps a claimed row claimed for as long as the work on it takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import select

from app.core.context import Context
from app.core.leases import claim, release, renew
from app.core.logs import log

LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0


@contextmanager
def held_row(
    context: Context, model: type[Any], *conditions: ColumnElement[bool]
) -> Iterator[int | None]:
    """The id of a claimed row that meets the conditions, let go at the end; None if there is none.

    Looks before it claims, so that idle workers do not take turns at the write lock.
    """
    row_id = _claim(context, model, *conditions)
    if row_id is None:
        yield None
        return
    stop = threading.Event()
    beat = threading.Thread(target=_renew_until, args=(context, model, row_id, stop), daemon=True)
    beat.start()
    try:
        yield row_id
    finally:
        stop.set()
        beat.join()
        with context.db.write() as session:
            release(session, model, row_id, owner=context.owner)


def _claim(context: Context, model: type[Any], *conditions: ColumnElement[bool]) -> int | None:
    with context.db.read() as session:
        if session.exec(select(model.id).where(*conditions).limit(1)).first() is None:
            return None
    with context.db.write() as session:
        return claim(session, model, *conditions, owner=context.owner, seconds=LEASE_SECONDS)


def _renew_until(context: Context, model: type[Any], row_id: int, stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        try:
            with context.db.write() as session:
                renew(session, model, row_id, owner=context.owner, seconds=LEASE_SECONDS)
        except Exception:  # noqa: BLE001 - the next beat may succeed
            log.exception("lease_not_renewed", row=row_id)

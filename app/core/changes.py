"""Whether something was committed, by whichever process, for the price of reading one number."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.core.db import Database

SQLITE_MARK = "PRAGMA data_version"
# Moves when a transaction that writes begins or ends.
POSTGRES_MARK = "SELECT CAST(pg_current_snapshot() AS text)"


@contextmanager
def changes_of(db: Database) -> Iterator[Callable[[], bool]]:
    """Whether anything may have been committed since it was asked last; yes the first time.

    Keeps a connection of its own, outside any transaction. To be used in one thread.
    """
    sql = SQLITE_MARK if db.is_sqlite else POSTGRES_MARK
    connection = db.engine.raw_connection()
    last: object = None

    def has_changed() -> bool:
        nonlocal last
        cursor = connection.cursor()
        cursor.execute(sql)
        mark = cursor.fetchone()
        cursor.close()
        connection.rollback()
        is_new, last = mark != last, mark
        return is_new

    try:
        yield has_changed
    finally:
        connection.close()

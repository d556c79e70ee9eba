"""Cursor paging over rows numbered by seq, with OpenAI's limits and refusals."""

import sqlite3

from app.engine.refusals import ApiError

MAX_LIMIT = 1000
OWNERS = ("job_id = ", "model = ")  # a cursor of another owner is unknown


def page(
    connection: sqlite3.Connection,
    table: str,
    *,
    where: list[tuple[str, tuple[object, ...]]],
    after: str | None,
    limit: int,
    ascending: bool = False,
) -> tuple[list[sqlite3.Row], bool]:
    """One page of rows, newest first unless ascending, and whether there are more."""
    conditions = list(where)
    if after is not None:
        sign = ">" if ascending else "<"
        conditions.append((f"seq {sign} ?", (_cursor(connection, table, where, after),)))
    clause = " AND ".join(condition for condition, _ in conditions) or "1"
    values = [value for _, values in conditions for value in values]
    order = "ASC" if ascending else "DESC"
    rows = connection.execute(
        f"SELECT * FROM {table} WHERE {clause} ORDER BY seq {order} LIMIT ?",  # noqa: S608
        (*values, limit + 1),
    ).fetchall()
    return rows[:limit], len(rows) > limit


def _cursor(
    connection: sqlite3.Connection,
    table: str,
    where: list[tuple[str, tuple[object, ...]]],
    after: str,
) -> int:
    owner = [(text, values) for text, values in where if text.startswith(OWNERS)]
    clause = " AND ".join(["id = ?", *(text for text, _ in owner)])
    values = [after, *(value for _, values in owner for value in values)]
    row = connection.execute(f"SELECT seq FROM {table} WHERE {clause}", values).fetchone()  # noqa: S608
    if row is None:
        raise ApiError(404, f"No such object: {after}", param="after")
    return int(row["seq"])

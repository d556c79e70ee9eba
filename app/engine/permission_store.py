"""Which projects a tuned model is shared with. There is one project here, so it is kept only."""

import sqlite3
import time
from collections.abc import Sequence

from app.engine.ids import new_id
from app.engine.model_store import get_model
from app.engine.refusals import ApiError
from app.engine.store import Store


def create_permissions(store: Store, model: str, project_ids: Sequence[str]) -> list[sqlite3.Row]:
    """One for each project, in the order given; one that is there already stays as it is."""
    get_model(store, model)
    wanted = list(dict.fromkeys(project_ids))
    with store.write() as connection:
        connection.executemany(
            "INSERT INTO permissions (id, created_at, model, project_id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(new_id("cp_"), int(time.time()), model, project) for project in wanted],
        )
    query = "SELECT * FROM permissions WHERE model = ? AND project_id = ?"
    return [store.read().execute(query, (model, project)).fetchone() for project in wanted]


def delete_permission(store: Store, model: str, permission_id: str) -> None:
    get_model(store, model)
    with store.write() as connection:
        deleted = connection.execute(
            "DELETE FROM permissions WHERE id = ? AND model = ?", (permission_id, model)
        ).rowcount
    if not deleted:
        raise ApiError(
            404, f"No such checkpoint permission: {permission_id}", param="permission_id"
        )

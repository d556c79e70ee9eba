"""Models of the store: the bases and the tuned ones."""

import sqlite3

from app.engine.refusals import ApiError
from app.engine.store import Store
from app.engine.trainers.registry import get_bases

BASE_MODELS = {name: base.created_at for name, base in get_bases().items()}
BASE_OWNER = "tuneboard-engine"


def get_model(store: Store, model: str) -> sqlite3.Row:
    row = find_model(store, model)
    if row is None:
        message = f"The model '{model}' does not exist or you do not have access to it."
        raise ApiError(404, message, param="model", code="model_not_found")
    return row


def find_model(store: Store, model: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = (
        store.read().execute("SELECT * FROM models WHERE id = ?", (model,)).fetchone()
    )
    return row


def base_of(store: Store, model: str) -> str:
    """The base it was tuned from; of a base its own name."""
    return model if model in BASE_MODELS else str(get_model(store, model)["base"])


def base_name(model: str) -> str:
    """The base in a model's name: tiny-chat of ft:tiny-chat:tuneboard:reviews:9uJPbR69."""
    return model.removeprefix("ft:").split(":")[0]


def list_models(store: Store) -> list[sqlite3.Row]:
    """Tuned models, newest first."""
    return store.read().execute("SELECT * FROM models ORDER BY seq DESC").fetchall()


def delete_model(store: Store, model: str) -> str:
    """Returns the name of the weights it had."""
    weights = str(get_model(store, model)["weights"])
    with store.write() as connection:
        connection.execute("DELETE FROM models WHERE id = ?", (model,))
        connection.execute("DELETE FROM permissions WHERE model = ?", (model,))
    store.model_path(weights).unlink(missing_ok=True)
    return weights

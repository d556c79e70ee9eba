"""The models that answered lately, kept in memory."""

import threading
from collections import OrderedDict

from app.engine.store import Store
from app.engine.trainers.base import Model
from app.engine.trainers.registry import get_plugin

ENCODING = "o200k_base"
KEPT = 4


class ModelCache:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._models: OrderedDict[str, Model] = OrderedDict()

    def tuned(self, base: str, weights: str) -> Model:
        """Raises TrainerMissing."""
        with self._lock:
            model = self._models.get(weights) or self._load(base, weights)
            self._models[weights] = model
            self._models.move_to_end(weights)
            while len(self._models) > KEPT:
                self._models.popitem(last=False)
            return model

    def untrained(self, base: str) -> Model:
        return get_plugin(base).load_model(base, None)

    def forget(self, weights: str) -> None:
        with self._lock:
            self._models.pop(weights, None)

    def _load(self, base: str, weights: str) -> Model:
        return get_plugin(base).load_model(base, self._store.model_path(weights))

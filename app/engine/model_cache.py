"""The models that answered lately, kept in memory."""

import threading
from collections import OrderedDict

from app.datasets.tokens import get_encoding
from app.engine.store import Store
from app.engine.trainers.base import Model
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.untrained import UntrainedModel

ENCODING = "o200k_base"
KEPT = 4


class ModelCache:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._models: OrderedDict[str, Model] = OrderedDict()

    def tuned(self, weights: str) -> Model:
        with self._lock:
            model = self._models.get(weights) or NgramModel(self._store.model_path(weights))
            self._models[weights] = model
            self._models.move_to_end(weights)
            while len(self._models) > KEPT:
                self._models.popitem(last=False)
            return model

    def untrained(self, name: str) -> Model:
        return UntrainedModel(name, get_encoding(ENCODING))

    def forget(self, weights: str) -> None:
        with self._lock:
            self._models.pop(weights, None)

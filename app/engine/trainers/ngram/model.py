"""Answers from what was learnt."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.datasets.tokens import Encoding
from app.engine.examples import Turn
from app.engine.trainers.base import Choices
from app.engine.trainers.ngram.features import context_features, prompt_features, prompt_key
from app.engine.trainers.ngram.lookup import UNKNOWN, Lookup
from app.engine.trainers.ngram.network import Floats, Weights, log_softmax
from app.engine.trainers.ngram.state import load_state


class NgramModel:
    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.vocabulary = encoding
        self._lookup, self._weights = load_state(path)

    def answering(self, prompt: Sequence[Turn]) -> "NgramAnswering":
        return NgramAnswering(self._lookup, self._weights, prompt)


class NgramAnswering:
    def __init__(self, lookup: Lookup, weights: Weights, prompt: Sequence[Turn]) -> None:
        self._lookup = lookup
        self._weights = weights
        self._key = prompt_key(prompt)
        features = prompt_features(prompt)
        rows = lookup.row_of[features.buckets]
        known = rows >= 0
        self._sum: Floats = features.values[known] @ weights.rows[rows[known]]

    def next_token(self, answer: Sequence[int]) -> Choices:
        contexts = context_features(np.array(answer, np.int64), self._key)[-1]
        rows = self._lookup.row_of[contexts]
        state = self._sum + self._weights.rows[rows[rows >= 0]].sum(axis=0)
        logits = (state @ self._weights.codes.T)[None, :]
        logits[0, UNKNOWN] = -np.inf
        return Choices(self._lookup.tokens, log_softmax(logits)[0])

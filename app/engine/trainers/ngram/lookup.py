"""Which tokens and feature buckets a model knows, and where their weights are."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.engine.trainers.base import END_TOKEN
from app.engine.trainers.ngram.features import BUCKETS
from app.engine.trainers.ngram.rowstore import RowStore

MAX_VOCABULARY = 16_384
UNKNOWN = 0
UNKNOWN_TOKEN = -2
ROWS_AT_ONCE = 1000
FEW_EXAMPLES = 100
COMMON = 2
NO_BUCKETS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Lookup:
    """tokens: ids by class (class 0 is the unknown token); buckets: bucket by weight row."""

    tokens: NDArray[np.int64]
    buckets: NDArray[np.int64]
    row_of: NDArray[np.int32]
    _order: NDArray[np.int64]

    @classmethod
    def of(cls, tokens: NDArray[np.int64], buckets: NDArray[np.int64]) -> Self:
        row_of = np.full(BUCKETS, -1, np.int32)
        row_of[buckets] = np.arange(len(buckets), dtype=np.int32)
        return cls(tokens, buckets, row_of, np.argsort(tokens))

    def classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int64]:
        at = np.searchsorted(self.tokens, tokens, sorter=self._order)
        found = self._order[at.clip(max=len(self.tokens) - 1)]
        return np.where(self.tokens[found] == tokens, found, UNKNOWN)

    def extended(self, other: "Lookup") -> "Lookup":
        """Own tokens and buckets keep their places, those only the other has come after."""
        tokens = np.setdiff1d(other.tokens, self.tokens)
        buckets = np.setdiff1d(other.buckets, self.buckets)
        return Lookup.of(
            np.concatenate((self.tokens, tokens)), np.concatenate((self.buckets, buckets))
        )


def lookup_of_rows(store: RowStore) -> Lookup:
    """The most frequent answer tokens, and the buckets that can teach something.

    What a single prompt has tells nothing about others, but learns that one by heart in one
    step; only of few examples it is kept.
    """
    counts = np.zeros(0, np.int64)
    prompts = np.zeros(BUCKETS, np.uint8)
    contexts = np.zeros(BUCKETS, np.bool_)
    for begin in range(0, len(store), ROWS_AT_ONCE):
        for example in store.read(range(begin, min(begin + ROWS_AT_ONCE, len(store)))):
            found = [target.prompt.buckets for target in example.targets]
            once = np.unique(np.concatenate(found)) if found else NO_BUCKETS
            prompts[once] = np.minimum(prompts[once], COMMON) + 1
            for target in example.targets:
                contexts[target.contexts] = True
                counts = _added(counts, target.tokens)
    least = 1 if len(store) < FEW_EXAMPLES else COMMON
    return Lookup.of(_classes(counts), np.flatnonzero(contexts | (prompts >= least)))


def _classes(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    ids = np.flatnonzero(counts)
    kept = ids[np.argsort(-counts[ids], kind="stable")][:MAX_VOCABULARY] if len(ids) else ids
    tokens = np.union1d(kept + END_TOKEN, [END_TOKEN])
    return np.concatenate(([UNKNOWN_TOKEN], tokens)).astype(np.int64)


def _added(counts: NDArray[np.int64], tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    more = np.bincount(tokens - END_TOKEN, minlength=len(counts))
    more[: len(counts)] += counts
    return more

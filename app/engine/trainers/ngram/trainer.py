"""The built-in trainer behind the engine's interface."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.tokens import Encoding
from app.engine.rows import Example
from app.engine.trainers.base import Metrics, Plan
from app.engine.trainers.ngram.lookup import UNKNOWN, Lookup, lookup_of_rows
from app.engine.trainers.ngram.network import (
    Batch,
    Score,
    Weights,
    add_weights,
    learn,
    make_batch,
    new_weights,
    score,
)
from app.engine.trainers.ngram.rowstore import Prepared, RowStore
from app.engine.trainers.ngram.state import load_state, save_state

BASE_RATE = 0.5
SHUFFLE_BATCHES = 8
VALIDATION_BATCH = 32
VALIDATION_EVERY = 10
FULL_VALIDATION_BATCH = 256


class NgramTrainer:
    """prepare comes first; the weights are made by the first step or by load."""

    _rows: RowStore
    _validation: RowStore
    _lookup: Lookup
    _weights: Weights | None = None

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def prepare(self, examples: Sequence[Example], validation: Sequence[Example]) -> None:
        self._rows = RowStore(examples, self._encoding)
        self._validation = RowStore(validation, self._encoding)
        self._lookup = lookup_of_rows(self._rows)

    def train(self, plan: Plan, done: int) -> Iterator[Metrics]:
        if self._weights is None:
            lookup = self._lookup
            self._weights = new_weights(len(lookup.buckets), len(lookup.tokens), plan.seed)
        rate = BASE_RATE * plan.learning_rate_multiplier
        for step in range(done + 1, plan.step_count + 1):
            targets = self._rows.targets(step_examples(plan, step))
            measured = learn(self._weights, self._batch(targets), rate, UNKNOWN)
            yield _metrics("train", measured) | self._validate(self._weights, plan, step)

    def save(self, path: Path) -> None:
        if self._weights is not None:
            save_state(path, self._lookup, self._weights)

    def load(self, path: Path) -> None:
        lookup, weights = load_state(path)
        self._lookup = lookup.extended(self._lookup)
        self._weights = add_weights(weights, len(self._lookup.buckets), len(self._lookup.tokens))

    def _validate(self, weights: Weights, plan: Plan, step: int) -> Metrics:
        count = len(self._validation)
        metrics: Metrics = {}
        if count and (step % VALIDATION_EVERY == 0 or plan.ends_epoch(step)):
            first = step // VALIDATION_EVERY * VALIDATION_BATCH
            chosen = (first + np.arange(min(VALIDATION_BATCH, count))) % count
            metrics |= _metrics("valid", self._score(weights, chosen))
        if count and plan.ends_epoch(step):
            metrics |= _metrics("full_valid", self._full_score(weights, count))
        return metrics

    def _full_score(self, weights: Weights, count: int) -> Score:
        begins = range(0, count, FULL_VALIDATION_BATCH)
        parts = [
            self._score(weights, np.arange(begin, min(begin + FULL_VALIDATION_BATCH, count)))
            for begin in begins
        ]
        return Score(
            sum(part.loss_sum for part in parts),
            sum(part.correct for part in parts),
            sum(part.count for part in parts),
        )

    def _score(self, weights: Weights, examples: NDArray[np.int64]) -> Score:
        return score(weights, self._batch(self._validation.targets(examples)), UNKNOWN)

    def _batch(self, targets: list[Prepared]) -> Batch:
        return make_batch(targets, self._lookup.row_of, self._lookup.classes)


def step_examples(plan: Plan, step: int) -> NDArray[np.int64]:
    """Which examples a step learns: file order, shuffled by the seed within a few batches only,
    so that the order of the file keeps its effect."""
    begin = (step - 1) * plan.batch_size
    end = min(begin + plan.batch_size, plan.example_count * plan.n_epochs)
    epochs, places = np.divmod(np.arange(begin, end), plan.example_count)
    return np.array(
        [_epoch_order(plan, int(epoch))[place] for epoch, place in zip(epochs, places, strict=True)]
    )


@lru_cache(maxsize=2)
def _epoch_order(plan: Plan, epoch: int) -> NDArray[np.int64]:
    windows = np.arange(plan.example_count) // (plan.batch_size * SHUFFLE_BATCHES)
    return np.argsort(windows + np.random.default_rng((plan.seed, epoch)).random(len(windows)))


def _metrics(prefix: str, measured: Score) -> Metrics:
    count = max(measured.count, 1)
    return {
        f"{prefix}_loss": measured.loss_sum / count,
        f"{prefix}_mean_token_accuracy": measured.correct / count,
    }

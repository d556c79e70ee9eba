"""The built-in trainer behind the engine's interface."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.tokens import Encoding
from app.engine.examples import Example
from app.engine.trainers.base import DPO, Metrics, Plan
from app.engine.trainers.ngram.lookup import Lookup, lookup_of_rows
from app.engine.trainers.ngram.network import Weights, add_weights, copied, new_weights, revive
from app.engine.trainers.ngram.objectives import Likelihood, Measured, Objective, Preference
from app.engine.trainers.ngram.rowstore import RowStore
from app.engine.trainers.ngram.state import load_state, save_state

SHUFFLE_BATCHES = 8
VALIDATION_BATCH = 32
VALIDATION_EVERY = 10
FULL_VALIDATION_BATCH = 256


class NgramTrainer:
    _plan: Plan
    _rows: RowStore
    _validation: RowStore
    _lookup: Lookup
    _weights: Weights
    _objective: Objective

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def prepare(
        self,
        plan: Plan,
        examples: Sequence[Example],
        validation: Sequence[Example],
        start: Path | None,
    ) -> None:
        self._plan = plan
        self._rows = RowStore(examples, self._encoding)
        self._validation = RowStore(validation, self._encoding)
        self._lookup, self._weights = _first_weights(plan, lookup_of_rows(self._rows), start)
        self._objective = Likelihood(self._lookup)
        if plan.method == DPO:
            self._objective = Preference(self._lookup, copied(self._weights), plan.beta)

    def load(self, path: Path) -> None:
        _, self._weights = load_state(path)

    def train(self, done: int) -> Iterator[Metrics]:
        plan = self._plan
        for step in range(done + 1, plan.step_count + 1):
            if step > 1 and plan.ends_epoch(step - 1):
                revive(self._weights)
            examples = self._rows.read(step_examples(plan, step))
            rate = plan.learning_rate_multiplier
            measured = self._objective.learn(self._weights, examples, rate)
            yield measured.means("train") | self._validate(step)

    def save(self, path: Path) -> None:
        save_state(path, self._lookup, self._weights)

    def _validate(self, step: int) -> dict[str, float]:
        count = len(self._validation)
        metrics: dict[str, float] = {}
        if count and (step % VALIDATION_EVERY == 0 or self._plan.ends_epoch(step)):
            first = step // VALIDATION_EVERY * VALIDATION_BATCH
            chosen = (first + np.arange(min(VALIDATION_BATCH, count))) % count
            metrics |= self._score(chosen).means("valid")
        if count and self._plan.ends_epoch(step):
            metrics |= self._full_score(count).means("full_valid")
        return metrics

    def _full_score(self, count: int) -> Measured:
        begins = range(0, count, FULL_VALIDATION_BATCH)
        parts = (
            self._score(np.arange(begin, min(begin + FULL_VALIDATION_BATCH, count)))
            for begin in begins
        )
        return sum(parts, Measured())

    def _score(self, numbers: NDArray[np.int64]) -> Measured:
        return self._objective.score(self._weights, self._validation.read(numbers))


def _first_weights(plan: Plan, lookup: Lookup, start: Path | None) -> tuple[Lookup, Weights]:
    """The start's, with room for what is new in the rows."""
    if start is None:
        return lookup, new_weights(len(lookup.buckets), len(lookup.tokens), plan.seed)
    known, weights = load_state(start)
    lookup = known.extended(lookup)
    return lookup, add_weights(weights, len(lookup.buckets), len(lookup.tokens))


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

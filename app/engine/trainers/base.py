"""The interface between the engine and whatever learns.

The engine validates files, resolves `auto`, counts steps, keeps events, checkpoints and names;
a trainer only learns and answers. One trainer object belongs to one job in one process:

    trainer.prepare(examples, validation)           # look at all rows once
    trainer.load(path)                              # optional: go on from a saved state
    for metrics in trainer.train(plan, done):       # one mapping of numbers per step
        trainer.save(path)                          # whenever the engine wants to
    model = load_model(path)                        # in another process: answers questions
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.rows import Example, Turn

Metrics = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn; every `auto` already resolved."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    seed: int
    example_count: int

    @property
    def step_count(self) -> int:
        return -(-self.example_count * self.n_epochs // self.batch_size)

    def ends_epoch(self, step: int) -> bool:
        """Whether the last example of an epoch is in this step (steps count from 1)."""
        seen = step * self.batch_size
        return step == self.step_count or seen // self.example_count > (
            (seen - self.batch_size) // self.example_count
        )


class Trainer(Protocol):
    def prepare(self, examples: Sequence[Example], validation: Sequence[Example]) -> None:
        """Both are read from disk again whenever asked for: memory must not grow with their
        length."""

    def train(self, plan: Plan, done: int) -> Iterator[Metrics]:
        """Learn steps done+1 to plan.step_count, yielding each step's metrics.

        Keys are those of OpenAI's events: train_loss, train_mean_token_accuracy, and when
        measured valid_* of a batch and full_valid_* of the whole validation set. The same
        plan, seed and rows give the same numbers, also when resumed from a saved state.
        """

    def save(self, path: Path) -> None:
        """Write everything needed to go on learning and to answer; replaces path atomically."""

    def load(self, path: Path) -> None:
        """Take up what `save` wrote; called after `prepare`."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The next token: candidates with their log-probabilities."""

    tokens: NDArray[np.int64]
    logprobs: NDArray[np.float32]


class Answering(Protocol):
    """One answer being written."""

    def next_token(self, answer: Sequence[int]) -> Choices:
        """What may follow after these token ids; END_TOKEN ends the answer."""


class Model(Protocol):
    def answering(self, prompt: Sequence[Turn]) -> Answering: ...


END_TOKEN = -1

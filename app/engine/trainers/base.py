"""The interface between the engine and whatever learns. How to write one: docs/trainers.md.

The engine validates files, resolves `auto`, counts steps, keeps events, checkpoints and names;
a trainer only learns and answers. A plug-in declares base models; for each job, in a process of
its own, the engine asks it for one trainer:

    trainer = plugin.new_trainer(base)
    trainer.prepare(plan, examples, validation, start)  # start: weights of the model tuned further
    trainer.load(path)                                  # only to go on after an interruption
    for metrics in trainer.train(done):                 # one mapping of numbers per step
        trainer.save(path)                              # whenever the engine wants to
    model = plugin.load_model(base, path)               # in another process: answers questions
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.examples import Example, Turn

SUPERVISED = "supervised"
DPO = "dpo"
END_TOKEN = -1
Metrics = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Base:
    """A base model as its trainer declares it; created_at in Unix seconds.

    A chat base learns from messages (and preferences, with the method dpo), another one from
    prompt/completion pairs.
    """

    name: str
    created_at: int
    is_chat: bool = True
    methods: frozenset[str] = frozenset({SUPERVISED})


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn; every `auto` already resolved. beta only counts for dpo."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    seed: int
    example_count: int
    method: str = SUPERVISED
    beta: float = 0.1

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
    def prepare(
        self,
        plan: Plan,
        examples: Sequence[Example],
        validation: Sequence[Example],
        start: Path | None,
    ) -> None:
        """Examples are read from disk whenever asked for by number: memory must not grow with
        their count. `start` is what `save` wrote for the model that is tuned further; for dpo
        it is the reference. None: the base itself."""

    def load(self, path: Path) -> None:
        """Take up what `save` wrote in the middle of this job; called after the same `prepare`."""

    def train(self, done: int) -> Iterator[Metrics]:
        """Learn steps done+1 to plan.step_count, yielding each step's metrics.

        Keys are those of OpenAI's events: train_loss, train_mean_token_accuracy, and when
        measured valid_* of a batch and, at the end of each epoch, full_valid_* of the whole
        validation set; for dpo train_loss and train_rewards_chosen, _rejected, _margins and
        _accuracies. Further numbers are kept and charted. The same plan, seed and examples give
        the same numbers, also when resumed from a saved state.
        """

    def save(self, path: Path) -> None:
        """Write one file with everything needed to go on learning and to answer; path is
        replaced at once or not at all."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The next token: candidates with their log-probabilities."""

    tokens: NDArray[np.int64]
    logprobs: NDArray[np.float32]


class Answering(Protocol):
    """One answer being written."""

    def next_token(self, answer: Sequence[int]) -> Choices:
        """What may follow after these token ids; END_TOKEN ends the answer."""


class Vocabulary(Protocol):
    """Text as the token ids of a model."""

    def encode(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...
    def count(self, text: str) -> int: ...


class Model(Protocol):
    @property
    def vocabulary(self) -> Vocabulary: ...

    def answering(self, prompt: Sequence[Turn]) -> Answering: ...


class TrainerPlugin(Protocol):
    """What an entry point of the group `tuneboard.trainers` leads to, called without arguments.

    Heavy libraries are best imported inside its methods: every engine process makes it.
    """

    @property
    def bases(self) -> Sequence[Base]: ...

    def new_trainer(self, base: str) -> Trainer: ...

    def load_model(self, base: str, path: Path | None) -> Model:
        """path is what `save` wrote; None: the base as it is before it has learnt anything."""

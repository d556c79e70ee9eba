"""What learning aims at: likely answers (supervised), or preferred ones before others (DPO)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np

from app.engine.trainers.ngram.lookup import Lookup
from app.engine.trainers.ngram.network import (
    Batch,
    Floats,
    Ints,
    TokenScores,
    Weights,
    learn_tokens,
    make_batch,
    read_tokens,
)
from app.engine.trainers.ngram.rowstore import Prepared, PreparedExample

SUPERVISED_RATE = 0.35
PREFERENCE_RATE = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """Sums over `count` things, so that parts of a set can be added."""

    count: int = 0
    sums: dict[str, float] = field(default_factory=dict)

    def __add__(self, other: Self) -> "Measured":
        names = {**self.sums, **other.sums}
        sums = {name: self.sums.get(name, 0) + other.sums.get(name, 0) for name in names}
        return Measured(self.count + other.count, sums)

    def means(self, prefix: str) -> dict[str, float]:
        return {f"{prefix}_{name}": value / max(self.count, 1) for name, value in self.sums.items()}


class Objective(Protocol):
    def learn(
        self, weights: Weights, examples: Sequence[PreparedExample], rate: float
    ) -> Measured: ...

    def score(self, weights: Weights, examples: Sequence[PreparedExample]) -> Measured: ...


class Likelihood:
    """Mean over the tokens of all answers."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def learn(self, weights: Weights, examples: Sequence[PreparedExample], rate: float) -> Measured:
        batch = make_batch(_targets(examples), self._lookup)
        count = len(batch.tokens)
        pulls = np.full(count, 1 / max(count, 1), np.float32)
        return self._measured(learn_tokens(weights, batch, pulls, rate * SUPERVISED_RATE))

    def score(self, weights: Weights, examples: Sequence[PreparedExample]) -> Measured:
        return self._measured(read_tokens(weights, make_batch(_targets(examples), self._lookup)))

    def _measured(self, scores: TokenScores) -> Measured:
        return Measured(
            len(scores.logprobs),
            {
                "loss": -float(scores.logprobs.sum()),
                "mean_token_accuracy": int(scores.correct.sum()),
            },
        )


class Preference:
    """Direct Preference Optimization (Rafailov and others, 2023).

    The reward of an answer is beta * (its log-probability - that of the reference); the loss of a
    pair is -log sigmoid(margin), where margin = reward of the preferred - of the rejected answer.
    """

    def __init__(self, lookup: Lookup, reference: Weights, beta: float) -> None:
        self._lookup = lookup
        self._reference = reference
        self._beta = beta

    def learn(self, weights: Weights, examples: Sequence[PreparedExample], rate: float) -> Measured:
        batch, sides = self._batch(examples)
        rewards = self._rewards(weights, batch, sides)
        margins = rewards[0] - rewards[1]
        pull = self._beta * _sigmoid(-margins) / max(len(margins), 1)
        pulls = np.stack((pull, -pull))[sides.side, sides.pair][batch.places].astype(np.float32)
        learn_tokens(weights, batch, pulls, rate * PREFERENCE_RATE)
        return _preference_measured(rewards)

    def score(self, weights: Weights, examples: Sequence[PreparedExample]) -> Measured:
        return _preference_measured(self._rewards(weights, *self._batch(examples)))

    def _batch(self, examples: Sequence[PreparedExample]) -> "tuple[Batch, _Sides]":
        return make_batch(_targets(examples), self._lookup), _Sides.of(examples)

    def _rewards(self, weights: Weights, batch: Batch, sides: "_Sides") -> Floats:
        """Shape (2, pairs): of the preferred and of the rejected answers."""
        gained = read_tokens(weights, batch).logprobs - read_tokens(self._reference, batch).logprobs
        places = batch.places
        rewards = np.zeros((2, sides.count), np.float64)
        np.add.at(rewards, (sides.side[places], sides.pair[places]), gained)
        return (rewards * self._beta).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Of every target: its pair, and its side (0: preferred, 1: rejected)."""

    pair: Ints
    side: Ints
    count: int

    @classmethod
    def of(cls, examples: Sequence[PreparedExample]) -> Self:
        sizes = [len(example.targets) for example in examples]
        sides = [
            int(number >= example.preferred_count)
            for example in examples
            for number in range(len(example.targets))
        ]
        pairs = np.repeat(np.arange(len(examples)), sizes)
        return cls(pairs.astype(np.int64), np.array(sides, np.int64), len(examples))


def _preference_measured(rewards: Floats) -> Measured:
    chosen, rejected = rewards
    margins = chosen - rejected
    return Measured(
        len(margins),
        {
            "loss": float(np.logaddexp(0, -margins).sum()),
            "rewards_chosen": float(chosen.sum()),
            "rewards_rejected": float(rejected.sum()),
            "rewards_margins": float(margins.sum()),
            "rewards_accuracies": int((margins > 0).sum()),
        },
    )


def _sigmoid(values: Floats) -> Floats:
    """Without overflow."""
    result: Floats = np.exp(-np.logaddexp(0, -values))
    return result


def _targets(examples: Iterable[PreparedExample]) -> list[Prepared]:
    return [target for example in examples for target in example.targets]

"""What a base model answers before it has learnt anything: that."""

from collections.abc import Sequence

import numpy as np

from app.datasets.tokens import Encoding
from app.engine.examples import Turn
from app.engine.trainers.base import END_TOKEN, Choices

SENTENCE = (
    "I am {name}, a tiny model that has learnt nothing yet. "
    "Fine-tune me on your rows, and the tuned model will answer as they do."
)


class UntrainedModel:
    def __init__(self, name: str, encoding: Encoding) -> None:
        self.vocabulary = encoding
        self._tokens = [*encoding.encode(SENTENCE.format(name=name)), END_TOKEN]

    def answering(self, prompt: Sequence[Turn]) -> "UntrainedModel":  # noqa: ARG002
        return self

    def next_token(self, answer: Sequence[int]) -> Choices:
        place = min(len(answer), len(self._tokens) - 1)
        return Choices(np.array([self._tokens[place]]), np.zeros(1, np.float32))

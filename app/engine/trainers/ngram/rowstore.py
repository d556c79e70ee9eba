"""Examples as the network wants them: kept while they fit into a fixed room, else made again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.datasets.tokens import Encoding
from app.engine.rows import Example, Target
from app.engine.trainers.base import END_TOKEN
from app.engine.trainers.ngram.features import (
    Features,
    context_features,
    prompt_features,
    prompt_key,
)

MAX_ANSWER_TOKENS = 4096
ROOM_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A target ready to learn: contexts has shape (tokens, CONTEXT_WIDTH)."""

    prompt: Features
    contexts: NDArray[np.int32]
    tokens: NDArray[np.int32]

    @property
    def size(self) -> int:
        parts = (self.prompt.buckets, self.prompt.values, self.contexts, self.tokens)
        return sum(part.nbytes for part in parts)


def prepare_target(target: Target, encoding: Encoding) -> Prepared:
    tokens = np.array(encoding.encode(target.answer)[:MAX_ANSWER_TOKENS], np.int64)
    contexts = context_features(tokens, prompt_key(target.prompt))
    ended = np.append(tokens, END_TOKEN).astype(np.int32)
    return Prepared(prompt_features(target.prompt), contexts, ended)


class RowStore:
    def __init__(self, examples: Sequence[Example], encoding: Encoding) -> None:
        self._examples = examples
        self._encoding = encoding
        self._kept: dict[int, list[Prepared]] = {}
        self._room = ROOM_BYTES

    def __len__(self) -> int:
        return len(self._examples)

    def targets(self, examples: Iterable[int]) -> list[Prepared]:
        return [target for example in examples for target in self._prepared(int(example))]

    def _prepared(self, example: int) -> list[Prepared]:
        kept = self._kept.get(example)
        if kept is not None:
            return kept
        made = [
            prepare_target(target, self._encoding) for target in self._examples[example].targets
        ]
        size = sum(target.size for target in made)
        if size <= self._room:
            self._room -= size
            self._kept[example] = made
        return made

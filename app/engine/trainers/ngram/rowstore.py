"""Examples as the network wants them: kept while they fit into a fixed room, else made again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.datasets.tokens import Encoding
from app.engine.examples import Example, Target
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


@dataclass(frozen=True, slots=True)
class PreparedExample:
    """Targets of a supervised row; of a preference the preferred ones, then the rejected ones."""

    targets: list[Prepared]
    preferred_count: int

    @property
    def size(self) -> int:
        return sum(target.size for target in self.targets)


def prepare_example(example: Example, encoding: Encoding) -> PreparedExample:
    preference = example.preference
    preferred = example.targets if preference is None else preference.preferred
    rejected = () if preference is None else preference.rejected
    prepare = _Preparing(encoding)
    targets = [prepare.target(target) for target in (*preferred, *rejected)]
    return PreparedExample(targets, len(preferred))


class _Preparing:
    """Both sides of a preference answer one prompt: it is read once."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._prompts: dict[int, Features] = {}

    def target(self, target: Target) -> Prepared:
        key = prompt_key(target.prompt)
        if key not in self._prompts:
            self._prompts[key] = prompt_features(target.prompt)
        tokens = np.array(self._encoding.encode(target.answer)[:MAX_ANSWER_TOKENS], np.int64)
        ended = np.append(tokens, END_TOKEN).astype(np.int32)
        return Prepared(self._prompts[key], context_features(tokens, key), ended)


class RowStore:
    def __init__(self, examples: Sequence[Example], encoding: Encoding) -> None:
        self._examples = examples
        self._encoding = encoding
        self._kept: dict[int, PreparedExample] = {}
        self._room = ROOM_BYTES

    def __len__(self) -> int:
        return len(self._examples)

    def read(self, numbers: Iterable[int]) -> list[PreparedExample]:
        return [self._prepared(int(number)) for number in numbers]

    def _prepared(self, number: int) -> PreparedExample:
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        made = prepare_example(self._examples[number], self._encoding)
        if made.size <= self._room:
            self._room -= made.size
            self._kept[number] = made
        return made

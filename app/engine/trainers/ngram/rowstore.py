"""Prepared targets on disk: memory-mapped, so a data set of any length costs no memory.

A target is one run of int32: prompt feature count, token count, then prompt buckets, their
values (float32 bits), context buckets (tokens x CONTEXT_WIDTH) and the answer's tokens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.tokens import Encoding
from app.engine.rows import Example, Target
from app.engine.trainers.base import END_TOKEN
from app.engine.trainers.ngram.features import (
    CONTEXT_WIDTH,
    Features,
    context_features,
    prompt_features,
    prompt_key,
)

MAX_ANSWER_TOKENS = 4096
Int32s = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A target ready to learn: contexts has shape (tokens, CONTEXT_WIDTH)."""

    prompt: Features
    contexts: Int32s
    tokens: Int32s


def prepare_target(target: Target, encoding: Encoding) -> Prepared:
    tokens = np.array(encoding.encode(target.answer)[:MAX_ANSWER_TOKENS], np.int64)
    contexts = context_features(tokens, prompt_key(target.prompt))
    ended = np.append(tokens, END_TOKEN).astype(np.int32)
    return Prepared(prompt_features(target.prompt), contexts, ended)


def write_rows(examples: Iterable[Example], encoding: Encoding, path: Path) -> None:
    """Writes path (the targets) and path.index.npy (where each example begins, and the end)."""
    starts = [0]
    with path.open("wb") as stream:
        for example in examples:
            size = sum(
                stream.write(_packed(prepare_target(target, encoding)))
                for target in example.targets
            )
            starts.append(starts[-1] + size // 4)
    np.save(path.with_suffix(".index.npy"), np.array(starts, np.int64))


def _packed(target: Prepared) -> bytes:
    sizes = np.array([len(target.prompt.buckets), len(target.tokens)], np.int32)
    parts = (
        sizes,
        target.prompt.buckets,
        target.prompt.values.view(np.int32),
        target.contexts.ravel(),
        target.tokens,
    )
    return np.concatenate(parts).tobytes()


class RowStore:
    def __init__(self, path: Path) -> None:
        self._starts: NDArray[np.int64] = np.load(path.with_suffix(".index.npy"))
        empty = self._starts[-1] == 0
        self._data: Int32s = np.empty(0, np.int32) if empty else np.memmap(path, np.int32, "r")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def targets(self, examples: Sequence[int] | NDArray[np.int64]) -> list[Prepared]:
        return [target for example in examples for target in self._example(int(example))]

    def _example(self, example: int) -> list[Prepared]:
        at, end = int(self._starts[example]), int(self._starts[example + 1])
        found = []
        while at < end:
            target, at = self._target(at)
            found.append(target)
        return found

    def _target(self, at: int) -> tuple[Prepared, int]:
        feature_count, token_count = (int(size) for size in self._data[at : at + 2])
        sizes = (feature_count, feature_count, token_count * CONTEXT_WIDTH, token_count)
        ends = np.cumsum((at + 2, *sizes))
        buckets, bits, contexts, tokens = (
            np.array(self._data[begin:end]) for begin, end in pairwise(ends)
        )
        prompt = Features(buckets, bits.view(np.float32))
        return Prepared(prompt, contexts.reshape(-1, CONTEXT_WIDTH), tokens), int(ends[-1])

"""The weights: feature rows E (features x width), token codes O (tokens x width).

h = sum of value * E[feature]; logits = h O'. While the vocabulary fits into WIDTH the codes are
one-hot, so the model is plain multinomial regression; beyond that they are learnt directions.
Learning is AdaGrad with one accumulator per row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.trainers.ngram.features import CONTEXT_WIDTH
from app.engine.trainers.ngram.lookup import UNKNOWN, Lookup
from app.engine.trainers.ngram.rowstore import Prepared

WIDTH = 64
CELLS_AT_ONCE = 1 << 20
TINY = 1e-8
KEPT_SLOPES = np.float32(0.25)
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class Weights:
    rows: Floats
    codes: Floats
    row_sums: Floats
    code_sums: Floats


@dataclass(frozen=True, slots=True)
class Batch:
    """Targets of a batch, flattened; features are row numbers of `rows`, tokens are classes."""

    features: Ints
    values: Floats
    owners: Ints
    contexts: Ints
    tokens: Ints
    places: Ints
    target_count: int


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Of every token of a batch: its log-probability, and whether it was the most likely one."""

    logprobs: Floats
    correct: NDArray[np.bool_]

    def put(self, part: slice, logprobs: Floats, tokens: Ints) -> None:
        self.logprobs[part] = logprobs[np.arange(len(tokens)), tokens]
        self.correct[part] = (logprobs.argmax(axis=1) == tokens) & (tokens != UNKNOWN)


_NONE = np.empty(0, np.int64)
_EMPTY = Batch(
    _NONE, np.empty(0, np.float32), _NONE, np.empty((0, CONTEXT_WIDTH), np.int64), _NONE, _NONE, 0
)


def new_weights(row_count: int, token_count: int, seed: int) -> Weights:
    width = min(WIDTH, token_count)
    codes = np.random.default_rng(seed).standard_normal((token_count, width), np.float32)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    if token_count <= WIDTH:
        codes = np.eye(token_count, dtype=np.float32)
    return Weights(
        rows=np.zeros((max(row_count, 1), width), np.float32),
        codes=codes,
        row_sums=np.zeros(max(row_count, 1), np.float32),
        code_sums=np.zeros(token_count, np.float32),
    )


def add_weights(weights: Weights, row_count: int, token_count: int) -> Weights:
    """The same weights with room for more features and tokens behind the known ones."""
    known, width = weights.codes.shape
    added = new_weights(row_count, token_count, seed=token_count)
    if known == token_count:
        added.codes = weights.codes
    else:
        added.codes[:known] = 0
        added.codes[:known, :width] = weights.codes
    added.rows[: len(weights.rows), :width] = weights.rows
    added.row_sums[: len(weights.rows)] = weights.row_sums
    added.code_sums[:known] = weights.code_sums
    return added


def copied(weights: Weights) -> Weights:
    """To read from: it cannot be learnt on."""
    nothing = np.empty(0, np.float32)
    return Weights(weights.rows.copy(), weights.codes.copy(), nothing, nothing)


def revive(weights: Weights) -> None:
    """Forget most of the slopes seen, so that the next epoch does not learn ever more slowly.

    Tried on the sample reviews: a lower validation loss after three epochs, and after many the
    rise of it that overfitting is known by; without it learning fades out before.
    """
    weights.row_sums *= KEPT_SLOPES
    weights.code_sums *= KEPT_SLOPES


def make_batch(targets: Sequence[Prepared], lookup: Lookup) -> Batch:
    """Features that were never seen are left out."""
    if not targets:
        return _EMPTY
    features = lookup.row_of[np.concatenate([target.prompt.buckets for target in targets])]
    values = np.concatenate([target.prompt.values for target in targets])
    owners = np.repeat(np.arange(len(targets)), [len(target.prompt.buckets) for target in targets])
    contexts = lookup.row_of[np.concatenate([target.contexts for target in targets])]
    known = features >= 0
    return Batch(
        features=features[known].astype(np.int64),
        values=values[known],
        owners=owners[known],
        contexts=contexts.astype(np.int64),
        tokens=lookup.classes(np.concatenate([target.tokens for target in targets])),
        places=np.repeat(np.arange(len(targets)), [len(target.tokens) for target in targets]),
        target_count=len(targets),
    )


def prompt_sums(weights: Weights, batch: Batch) -> Floats:
    sums = np.zeros((batch.target_count, weights.rows.shape[1]), np.float32)
    if len(batch.features):
        starts = np.flatnonzero(np.diff(batch.owners, prepend=-1))
        parts = weights.rows[batch.features] * batch.values[:, None]
        sums[batch.owners[starts]] = np.add.reduceat(parts, starts, axis=0)
    return sums


def hidden(weights: Weights, batch: Batch) -> Floats:
    contexts = weights.rows[batch.contexts]
    contexts[batch.contexts < 0] = 0
    sums: Floats = prompt_sums(weights, batch)[batch.places] + contexts.sum(axis=1)
    return sums


def log_softmax(logits: Floats) -> Floats:
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits


def read_tokens(weights: Weights, batch: Batch) -> TokenScores:
    """How well every token of the answers is known."""
    states = hidden(weights, batch)
    scores = _no_scores(len(states))
    for part in _slices(len(states), len(weights.codes)):
        logprobs = log_softmax(states[part] @ weights.codes.T)
        scores.put(part, logprobs, batch.tokens[part])
    return scores


def learn_tokens(weights: Weights, batch: Batch, pulls: Floats, rate: float) -> TokenScores:
    """One step. pulls: what a unit of each token's log-probability is worth, so minus the slope
    of the loss; the scores are those before the step."""
    states = hidden(weights, batch)
    scores = _no_scores(len(states))
    state_slopes = np.empty_like(states)
    code_slopes = np.zeros_like(weights.codes)
    for part in _slices(len(states), len(weights.codes)):
        logprobs = log_softmax(states[part] @ weights.codes.T)
        tokens = batch.tokens[part]
        scores.put(part, logprobs, tokens)
        slopes = np.exp(logprobs)
        slopes[np.arange(len(tokens)), tokens] -= 1
        slopes *= pulls[part, None]
        state_slopes[part] = slopes @ weights.codes
        code_slopes += slopes.T @ states[part]
    if len(states):
        _learn_rows(weights, batch, state_slopes, rate)
    if len(states) and len(weights.codes) > WIDTH:
        _learn_codes(weights, code_slopes, rate)
    return scores


def _no_scores(count: int) -> TokenScores:
    return TokenScores(np.empty(count, np.float32), np.empty(count, np.bool_))


def _slices(count: int, token_count: int) -> list[slice]:
    size = max(16, CELLS_AT_ONCE // token_count)
    return [slice(begin, min(begin + size, count)) for begin in range(0, count, size)]


def _learn_rows(weights: Weights, batch: Batch, slopes: Floats, rate: float) -> None:
    ends = np.flatnonzero(np.diff(batch.places, prepend=-1))
    by_target = np.add.reduceat(slopes, ends, axis=0)
    prompt_slopes = by_target[batch.owners] * batch.values[:, None]
    context_slopes = np.repeat(slopes, CONTEXT_WIDTH, axis=0)
    rows = np.concatenate((batch.features, batch.contexts.ravel()))
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    slopes_of = np.concatenate((prompt_slopes, context_slopes))[order]
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    touched = rows[order][starts]
    _step(weights.rows, weights.row_sums, touched, np.add.reduceat(slopes_of, starts, axis=0), rate)


def _learn_codes(weights: Weights, slopes: Floats, rate: float) -> None:
    every = np.arange(len(weights.codes))
    _step(weights.codes, weights.code_sums, every, slopes, rate)


def _step(table: Floats, sums: Floats, rows: Ints, slopes: Floats, rate: float) -> None:
    sums[rows] += np.square(slopes).sum(axis=1)
    table[rows] -= rate * slopes / np.sqrt(sums[rows] + TINY)[:, None]

"""Writing an answer token by token: temperature, top_p, stop sequences, log-probabilities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.engine.trainers.base import END_TOKEN, Answering, Choices, Vocabulary

COLDEST = 1e-3


@dataclass(frozen=True, slots=True)
class Sampler:
    temperature: float
    top_p: float
    max_tokens: int
    stops: Sequence[str]
    top_logprobs: int


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    token: str
    logprob: float
    top: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text to send on; empty while a character or a stop sequence is still open."""

    text: str
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish_reason: str | None = None
    token_count: int = 0


def write_answer(
    answering: Answering, sampler: Sampler, vocabulary: Vocabulary, random: np.random.Generator
) -> Iterator[Piece]:
    """Pieces of text; the last one has the finish reason and the number of tokens."""
    tokens: list[int] = []
    sent, open_logprobs = 0, list[TokenLogprob]()
    while len(tokens) < sampler.max_tokens:
        choices = answering.next_token(tokens)
        chosen = choose(choices, sampler, random)
        token = int(choices.tokens[chosen])
        if token == END_TOKEN:
            yield _last(vocabulary.decode(tokens)[sent:], open_logprobs, "stop", len(tokens))
            return
        tokens.append(token)
        open_logprobs.append(_logprob(choices, chosen, sampler.top_logprobs, vocabulary))
        text = vocabulary.decode(tokens)
        stopped = _first_stop(text, sampler.stops)
        if stopped is not None:
            yield _last(text[sent:stopped], open_logprobs, "stop", len(tokens))
            return
        ready = ready_length(text, sampler.stops)
        if ready > sent:
            yield Piece(text[sent:ready], open_logprobs)
            sent, open_logprobs = ready, []
    yield _last(vocabulary.decode(tokens)[sent:], open_logprobs, "length", len(tokens))


def choose(choices: Choices, sampler: Sampler, random: np.random.Generator) -> int:
    """Index into choices."""
    if sampler.temperature < COLDEST or sampler.top_p == 0:
        return int(choices.logprobs.argmax())
    scaled = choices.logprobs.astype(np.float64) / sampler.temperature
    weights = np.exp(scaled - scaled.max())
    weights /= weights.sum()
    if sampler.top_p < 1:
        weights = _nucleus(weights, sampler.top_p)
    return int(random.choice(len(weights), p=weights))


def _nucleus(weights: NDArray[np.float64], top_p: float) -> NDArray[np.float64]:
    order = np.argsort(-weights, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    kept = np.where(before < top_p, weights[order], 0.0)
    nucleus = np.zeros_like(weights)
    nucleus[order] = kept / kept.sum()
    return nucleus


def _last(text: str, logprobs: list[TokenLogprob], reason: str, count: int) -> Piece:
    return Piece(text, logprobs, reason, count)


def _logprob(choices: Choices, chosen: int, top: int, vocabulary: Vocabulary) -> TokenLogprob:
    best = np.argsort(-choices.logprobs, kind="stable")[:top] if top else ()
    return TokenLogprob(
        token_text(vocabulary, int(choices.tokens[chosen])),
        _finite(choices.logprobs[chosen]),
        [
            (token_text(vocabulary, int(choices.tokens[at])), _finite(choices.logprobs[at]))
            for at in best
            if np.isfinite(choices.logprobs[at])
        ],
    )


def token_text(vocabulary: Vocabulary, token: int) -> str:
    return "<|endoftext|>" if token == END_TOKEN else vocabulary.decode([token])


def _finite(logprob: float) -> float:
    return max(float(logprob), -9999.0)


def _first_stop(text: str, stops: Sequence[str]) -> int | None:
    found = [text.find(stop) for stop in stops if stop in text]
    return min(found, default=None)


def ready_length(text: str, stops: Sequence[str]) -> int:
    """How much of text can be sent: not half a character, not what may become a stop."""
    end = len(text.rstrip("\ufffd"))
    for stop in stops:
        for length in range(min(len(stop) - 1, end), 0, -1):
            if text[:end].endswith(stop[:length]):
                end -= length
                break
    return end

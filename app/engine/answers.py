"""Answering a question: n answers to each prompt, each with its own source of chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.examples import Turn
from app.engine.sampling import Piece, Sampler, TokenLogprob, write_answer
from app.engine.trainers.base import Model


@dataclass(frozen=True, slots=True)
class Question:
    model_name: str
    prompts: Sequence[tuple[Turn, ...]]
    prompt_tokens: int
    n: int
    seed: int | None
    sampler: Sampler


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    logprobs: list[TokenLogprob]
    finish_reason: str
    token_count: int


@dataclass(frozen=True, slots=True)
class Answers:
    question: Question
    model: Model

    @property
    def count(self) -> int:
        return len(self.question.prompts) * self.question.n

    def pieces(self, index: int) -> Iterator[Piece]:
        question = self.question
        answering = self.model.answering(question.prompts[index // question.n])
        chance = None if question.seed is None else (abs(question.seed), index)
        random = np.random.default_rng(chance)
        return write_answer(answering, question.sampler, self.model.vocabulary, random)

    def whole(self, index: int) -> Answer:
        pieces = list(self.pieces(index))
        logprobs = [logprob for piece in pieces for logprob in piece.logprobs]
        last = pieces[-1]
        text = "".join(piece.text for piece in pieces)
        return Answer(text, logprobs, last.finish_reason or "stop", last.token_count)

    def usage(self, completion_tokens: int) -> dict[str, int]:
        prompt_tokens = self.question.prompt_tokens
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        }

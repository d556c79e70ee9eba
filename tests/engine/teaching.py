"""Teaching the built-in trainer without an engine around it."""

import json
import random
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from app.core.config import resource_dir
from app.datasets.tokens import get_encoding
from app.engine.examples import Example, Turn, to_example
from app.engine.trainers.base import DPO, END_TOKEN, Metrics, Model, Plan
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.ngram.trainer import NgramTrainer
from tests.engine.samples import SYSTEM, Row, chat_row

ENCODING = get_encoding("o200k_base")
Pair = tuple[str, str]
HELD_OUT = 96


def examples(rows: Iterable[Pair]) -> list[Example]:
    return [to_example(chat_row(*row)) for row in rows]


def plan(count: int, **given: float) -> Plan:
    values = {"n_epochs": 3, "batch_size": 4, "learning_rate_multiplier": 1.0, "seed": 1} | given
    return Plan(
        n_epochs=int(values["n_epochs"]),
        batch_size=int(values["batch_size"]),
        learning_rate_multiplier=values["learning_rate_multiplier"],
        seed=int(values["seed"]),
        example_count=count,
        method=DPO if "beta" in values else "supervised",
        beta=values.get("beta", 0.0),
    )


class Lesson:
    """A trainer with its metrics, after the last step."""

    def __init__(
        self,
        rows: Sequence[Example],
        validation: Sequence[Example] = (),
        start: Path | None = None,
        **given: float,
    ) -> None:
        self.trainer = NgramTrainer(ENCODING)
        self.trainer.prepare(plan(len(rows), **given), rows, validation, start)
        self.metrics: list[Metrics] = list(self.trainer.train(0))

    def curve(self, name: str = "train_loss") -> list[float]:
        return [row[name] for row in self.metrics if name in row]

    def saved(self, path: Path) -> Path:
        self.trainer.save(path)
        return path

    def model(self, folder: Path) -> NgramModel:
        return NgramModel(self.saved(folder / "model.weights"), ENCODING)


def epoch_means(lesson: Lesson, n_epochs: int) -> list[float]:
    return [float(part.mean()) for part in np.array_split(lesson.curve(), n_epochs)]


def answer(model: Model, text: str, system: str = SYSTEM) -> str:
    return answer_to(model, [Turn("system", system), Turn("user", text)])


def answer_to(model: Model, prompt: Sequence[Turn]) -> str:
    answering = model.answering(prompt)
    tokens: list[int] = []
    for _ in range(64):
        choices = answering.next_token(tokens)
        token = int(choices.tokens[choices.logprobs.argmax()])
        if token == END_TOKEN:
            break
        tokens.append(token)
    return model.vocabulary.decode(tokens)


@cache
def sample_rows() -> tuple[Row, ...]:
    """The reviews that come with Tuneboard."""
    lines = (resource_dir("samples") / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def split_samples(seed: int) -> tuple[list[Example], list[Example]]:
    """Rows to learn and rows held out."""
    rows = list(sample_rows())
    random.Random(seed).shuffle(rows)
    learnt = [to_example(row) for row in rows]
    return learnt[HELD_OUT:], learnt[:HELD_OUT]


def share_right(model: Model, held_out: Sequence[Example]) -> float:
    asked = [(target.prompt, target.answer) for row in held_out for target in row.targets]
    return float(np.mean([answer_to(model, prompt) == right for prompt, right in asked]))


def majority_share(held_out: Sequence[Example]) -> float:
    answers = [row.targets[0].answer for row in held_out]
    return max(map(answers.count, answers)) / len(answers)

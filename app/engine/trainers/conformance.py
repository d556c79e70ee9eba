"""Tests a trainer can hold itself to:

    class TestMyTrainer(TrainerConformance):
        plugin = MyPlugin()

Run by pytest. They teach every base of the plug-in some rows and look at what the engine will
rely on; each failure says what is expected. `n_epochs` and `learning_rate_multiplier` may be set
for a trainer that needs more to learn anything.
"""

import math
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from app.engine.examples import Example, Target, Turn, to_example
from app.engine.trainers.base import (
    DPO,
    END_TOKEN,
    SUPERVISED,
    Base,
    Metrics,
    Model,
    Plan,
    Trainer,
    TrainerPlugin,
)

ROWS = 24
MOST_TOKENS = 64
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
WORDS = {"sunny": "good", "lovely": "good", "rainy": "bad", "awful": "bad"}
REWARDS = ("rewards_chosen", "rewards_rejected", "rewards_margins", "rewards_accuracies")


class TrainerConformance:
    plugin: ClassVar[TrainerPlugin]
    n_epochs: ClassVar[int] = 4
    learning_rate_multiplier: ClassVar[float] = 1.0

    def test_bases_are_declared(self) -> None:
        assert self.plugin.bases, "a plug-in declares at least one base"
        for base in self.plugin.bases:
            assert base.name, "a base has a name"
            assert set(base.name) <= NAME_CHARACTERS, (
                f"{base.name}: small letters, digits, dots and hyphens, since names are in ids"
            )
            assert base.methods, f"{base.name} supports at least one method"
            assert base.methods <= {SUPERVISED, DPO}, f"{base.name}: supervised and dpo are known"
            assert base.is_chat or DPO not in base.methods, f"{base.name}: preferences are chats"

    def test_each_step_yields_finite_metrics(self) -> None:
        for base, plan in self._lessons():
            metrics = list(self._prepared(base, plan).train(0))
            where = f"{base.name}, {plan.method}"
            assert len(metrics) == plan.step_count, (
                f"{where}: train yields once per step, {plan.step_count} times, not {len(metrics)}"
            )
            for step, row in enumerate(metrics, 1):
                _check_metrics(f"{where}, step {step}", plan, step, row)

    def test_validation_is_measured_only_with_rows_for_it(self) -> None:
        for base, plan in self._lessons():
            trainer = self.plugin.new_trainer(base.name)
            trainer.prepare(plan, _examples(base, plan), (), None)
            names = {name for row in trainer.train(0) for name in row if "valid" in name}
            assert not names, f"{base.name}: {sorted(names)} without validation rows"

    def test_it_learns(self) -> None:
        for base, plan in self._lessons():
            losses = [row["train_loss"] for row in self._prepared(base, plan).train(0)]
            first, *_, last = np.array_split(losses, plan.n_epochs)
            assert last.mean() < first.mean(), (
                f"{base.name}, {plan.method}: train_loss did not fall over {plan.n_epochs} epochs"
            )

    def test_preferred_answers_are_rewarded(self) -> None:
        for base, plan in self._lessons():
            if plan.method == DPO:
                *_, last = self._prepared(base, plan).train(0)
                margin = last["full_valid_rewards_margins"]
                assert margin > 0, f"{base.name}: margin {margin} after learning"

    def test_the_same_seed_gives_the_same_numbers(self) -> None:
        for base, plan in self._lessons():
            first, second = (list(self._prepared(base, plan).train(0)) for _ in range(2))
            assert first == second, f"{base.name}, {plan.method}: same plan and rows, other numbers"

    def test_resumed_it_goes_on_as_if_never_stopped(self, tmp_path: Path) -> None:
        for base, plan in self._lessons():
            whole = list(self._prepared(base, plan).train(0))
            for done in (1, plan.step_count // 2, plan.step_count - 1):
                first, second = self._prepared(base, plan), self._prepared(base, plan)
                begun = list(islice(first.train(0), done))
                first.save(tmp_path / "state")
                second.load(tmp_path / "state")
                assert begun + list(second.train(done)) == whole, (
                    f"{base.name}, {plan.method}: other numbers when resumed after step {done}"
                )

    def test_saving_replaces_one_file_and_leaves_nothing_else(self, tmp_path: Path) -> None:
        for base, plan in self._lessons():
            trainer = self._prepared(base, plan)
            for _ in islice(trainer.train(0), 2):
                trainer.save(tmp_path / "state")
            left = sorted(path.name for path in tmp_path.iterdir())
            assert left == ["state"], f"{base.name}: save writes the path it is given, not {left}"
            assert (tmp_path / "state").is_file(), f"{base.name}: save writes one file"

    def test_tuning_further_starts_from_what_was_learnt(self, tmp_path: Path) -> None:
        for base, plan in self._lessons():
            if plan.method == SUPERVISED:
                begun, further = self._prepared(base, plan), self.plugin.new_trainer(base.name)
                losses = [row["train_loss"] for row in begun.train(0)]
                begun.save(tmp_path / "start")
                rows = _examples(base, plan)
                further.prepare(plan, rows, (), tmp_path / "start")
                again = next(iter(further.train(0)))["train_loss"]
                assert again < losses[0], f"{base.name}: the weights of `start` are not used"

    def test_models_answer(self, tmp_path: Path) -> None:
        for base, plan in self._lessons():
            trainer = self._prepared(base, plan)
            list(trainer.train(0))
            trainer.save(tmp_path / "model")
            for path in (tmp_path / "model", None):
                model = self.plugin.load_model(base.name, path)
                _check_answer(f"{base.name} ({'tuned' if path else 'base'})", model, base)

    def test_rows_without_an_answer_are_survived(self) -> None:
        for base, plan in self._lessons():
            trainer = self.plugin.new_trainer(base.name)
            turns = (Turn("user", "hello"),)
            trainer.prepare(plan, [Example(turns)] * ROWS, (), None)
            for row in trainer.train(0):
                assert math.isfinite(row["train_loss"]), f"{base.name}: no answers, no finite loss"

    def _lessons(self) -> list[tuple[Base, Plan]]:
        return [(base, self._plan(method)) for base in self.plugin.bases for method in base.methods]

    def _plan(self, method: str) -> Plan:
        return Plan(
            n_epochs=self.n_epochs,
            batch_size=5,
            learning_rate_multiplier=self.learning_rate_multiplier,
            seed=7,
            example_count=ROWS,
            method=method,
            beta=0.5,
        )

    def _prepared(self, base: Base, plan: Plan) -> Trainer:
        trainer = self.plugin.new_trainer(base.name)
        examples = _examples(base, plan)
        trainer.prepare(plan, examples, examples[:7], None)
        return trainer


def _examples(base: Base, plan: Plan) -> Sequence[Example]:
    words = [list(WORDS)[number % len(WORDS)] for number in range(ROWS)]
    return [
        _example(base, plan, f"day {number}: {word}", word) for number, word in enumerate(words)
    ]


def _example(base: Base, plan: Plan, text: str, word: str) -> Example:
    right, wrong = WORDS[word], "bad" if WORDS[word] == "good" else "good"
    if not base.is_chat:
        return to_example({"prompt": text, "completion": f" {right}"})
    asked = [{"role": "user", "content": text}]
    good, bad = ({"role": "assistant", "content": said} for said in (right, wrong))
    if plan.method == DPO:
        outputs = {"preferred_output": [good], "non_preferred_output": [bad]}
        return to_example({"input": {"messages": asked}, **outputs})
    return to_example({"messages": [*asked, good]})


def _check_metrics(where: str, plan: Plan, step: int, row: Metrics) -> None:
    names = ["loss"] if plan.method == SUPERVISED else ["loss", *REWARDS]
    wanted = [f"train_{name}" for name in names]
    if plan.ends_epoch(step):
        wanted += [f"full_valid_{name}" for name in names]
    missing = sorted(set(wanted) - row.keys())
    assert not missing, f"{where}: {missing} missing"
    endless = sorted(name for name, value in row.items() if not math.isfinite(value))
    assert not endless, f"{where}: {endless} not finite"


def _check_answer(where: str, model: Model, base: Base) -> None:
    role = "user" if base.is_chat else "prompt"
    target = Target((Turn(role, "day 3: rainy"),), "")
    answering, tokens = model.answering(target.prompt), list[int]()
    for _ in range(MOST_TOKENS):
        choices = answering.next_token(tokens)
        likely = np.exp(choices.logprobs.astype(np.float64)).sum()
        assert 0 < likely < 1.001, f"{where}: probabilities of the next token add up to {likely}"
        again = answering.next_token(tokens)
        assert np.array_equal(choices.logprobs, again.logprobs), (
            f"{where}: asked twice, answers differ"
        )
        token = int(choices.tokens[choices.logprobs.argmax()])
        if token == END_TOKEN:
            break
        tokens.append(token)
    text = model.vocabulary.decode(tokens)
    assert isinstance(text, str), f"{where}: the vocabulary decodes to text"
    assert model.vocabulary.count(text) == len(model.vocabulary.encode(text)), (
        f"{where}: the vocabulary counts what it encodes"
    )

"""The built-in trainer really learns."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from app.datasets.tokens import get_encoding
from app.engine.example_file import ExampleFile
from app.engine.rows import Example, Turn, to_example
from app.engine.trainers.base import END_TOKEN, Metrics, Plan
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.ngram.rowstore import ROOM_BYTES
from app.engine.trainers.ngram.trainer import NgramTrainer
from tests.engine.samples import SYSTEM, chat_row, jsonl, reviews

ENCODING = get_encoding("o200k_base")


def examples(rows: Iterable[tuple[str, str]]) -> list[Example]:
    return [to_example(chat_row(*row)) for row in rows]


def prepared(
    rows: Iterable[tuple[str, str]], validation: Iterable[tuple[str, str]] = ()
) -> NgramTrainer:
    trainer = NgramTrainer(ENCODING)
    trainer.prepare(examples(rows), examples(validation))
    return trainer


def plan(count: int, **given: float) -> Plan:
    values = {"n_epochs": 3, "batch_size": 4, "learning_rate_multiplier": 1.0, "seed": 1} | given
    return Plan(
        n_epochs=int(values["n_epochs"]),
        batch_size=int(values["batch_size"]),
        learning_rate_multiplier=values["learning_rate_multiplier"],
        seed=int(values["seed"]),
        example_count=count,
    )


def learnt(count: int = 160, **given: float) -> list[Metrics]:
    trainer = prepared(reviews(count), reviews(40, 1))
    return list(trainer.train(plan(count, **given), 0))


def answer(model: NgramModel, text: str) -> str:
    answering = model.answering([Turn("system", SYSTEM), Turn("user", text)])
    tokens: list[int] = []
    for _ in range(64):
        choices = answering.next_token(tokens)
        token = int(choices.tokens[choices.logprobs.argmax()])
        if token == END_TOKEN:
            break
        tokens.append(token)
    return ENCODING.decode(tokens)


def losses(metrics: list[Metrics], name: str = "train_loss") -> list[float]:
    return [row[name] for row in metrics if name in row]


def test_loss_begins_at_chance_and_falls() -> None:
    metrics = learnt()
    train = losses(metrics)
    assert train[0] == pytest.approx(np.log(5), rel=1e-4)  # 3 labels, the end, the unknown
    assert np.mean(train[-10:]) < train[0] / 10
    full = losses(metrics, "full_valid_loss")
    assert len(full) == 3
    assert full[-1] < 0.3
    assert metrics[-1]["full_valid_mean_token_accuracy"] > 0.95


def test_held_out_reviews_beat_the_majority(tmp_path: Path) -> None:
    trainer = prepared(reviews(320))
    list(trainer.train(plan(320), 0))
    trainer.save(tmp_path / "model.npz")
    model = NgramModel(tmp_path / "model.npz")
    held_out = reviews(150, 77)
    right = np.mean([answer(model, text) == star for text, star in held_out])
    majority = np.mean([star == "5" for _, star in held_out])
    assert right > majority + 0.3


def test_seed_rate_batch_and_epochs_matter() -> None:
    usual = losses(learnt())
    assert losses(learnt()) == usual
    assert losses(learnt(seed=2)) != usual
    timid = losses(learnt(learning_rate_multiplier=0.05))
    assert np.mean(timid[-10:]) > 2 * np.mean(usual[-10:])
    assert len(losses(learnt(batch_size=32))) == 15
    assert len(losses(learnt(n_epochs=7))) == 280


def test_rows_sorted_by_answer_show_in_the_curve() -> None:
    rows = reviews(200)
    curves = []
    for order in (rows, sorted(rows, key=lambda row: row[1])):
        trainer = prepared(order)
        curves.append(losses(list(trainer.train(plan(200, n_epochs=1), 0))))
    shuffled, by_answer = curves
    assert max(by_answer[5:]) > 2 * max(shuffled[5:])


def test_what_cannot_be_known_is_learnt_by_heart_and_guessed_badly() -> None:
    chance = np.random.default_rng(0)
    noise = [(f"text number {number}", str(chance.integers(2))) for number in range(60)]
    trainer = prepared(noise[:30], noise[30:])
    metrics = list(trainer.train(plan(30, n_epochs=25), 0))
    valid = losses(metrics, "full_valid_loss")
    assert np.mean(losses(metrics)[-10:]) < 0.05
    assert valid[-1] > np.log(2) / 2  # worse than a coin; the end of the answer is certain


def test_a_text_is_learnt_by_heart(tmp_path: Path) -> None:
    texts = {
        "poem": "In winter the river sleeps, and nobody wakes it before March.",
        "city": "서울은 한강을 사이에 두고 남과 북으로 나뉘어 있습니다.",
        "json": '{"stars": 4, "topic": "login"}',
    }
    trainer = prepared(list(texts.items()) * 4)
    list(trainer.train(plan(12, n_epochs=25), 0))
    trainer.save(tmp_path / "model.npz")
    model = NgramModel(tmp_path / "model.npz")
    assert {name: answer(model, name) for name in texts} == texts


@pytest.mark.parametrize("stop_after", [1, 37, 80])
def test_learning_on_from_a_saved_state_changes_nothing(tmp_path: Path, stop_after: int) -> None:
    whole = plan(160)
    uninterrupted = learnt()
    first = prepared(reviews(160), reviews(40, 1))
    steps = first.train(whole, 0)
    begun = [next(steps) for _ in range(stop_after)]
    first.save(tmp_path / "state.npz")
    second = prepared(reviews(160), reviews(40, 1))
    second.load(tmp_path / "state.npz")
    assert begun + list(second.train(whole, stop_after)) == uninterrupted


def test_a_model_learns_new_words_on_top_of_old_ones(tmp_path: Path) -> None:
    first = prepared(reviews(100))
    list(first.train(plan(100), 0))
    first.save(tmp_path / "first.npz")
    words = [(f"word {number}", f"answer number {number} of many") for number in range(90)]
    second = prepared(words)
    second.load(tmp_path / "first.npz")
    second.save(tmp_path / "before.npz")
    assert answer(NgramModel(tmp_path / "before.npz"), "the app crashes daily login") == "1"
    list(second.train(plan(90, n_epochs=10), 0))
    second.save(tmp_path / "after.npz")
    assert answer(NgramModel(tmp_path / "after.npz"), "word 8") == "answer number 8 of many"


def test_rows_that_teach_nothing_are_no_trouble() -> None:
    messages = [
        {"role": "user", "content": ""},
        {"role": "assistant", "content": "", "weight": 0},
    ]
    trainer = NgramTrainer(ENCODING)
    empty = [to_example({"messages": messages})] * 10
    trainer.prepare(empty, examples(reviews(3)))
    metrics = list(trainer.train(plan(10), 0))
    assert [row["train_loss"] for row in metrics] == [0.0] * 8
    assert all(np.isfinite(value) for row in metrics for value in row.values())


def test_memory_is_bounded_whatever_the_length_of_the_file(tmp_path: Path) -> None:
    text = "".join(chr(0xAC00 + number % 11_000) for number in range(3000))
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as stream:
        for number in range(600):
            stream.write(jsonl([chat_row(text[number:] + text[:number], str(number % 5))]))
    trainer = NgramTrainer(ENCODING)
    tracemalloc.start()
    with ExampleFile(path) as rows:
        trainer.prepare(rows, ())
        list(trainer.train(plan(600, n_epochs=1, batch_size=32), 0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < ROOM_BYTES + 50 * 1024 * 1024

"""The built-in trainer really learns."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from app.engine.example_file import ExampleFile
from app.engine.examples import to_example
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.ngram.rowstore import ROOM_BYTES
from app.engine.trainers.ngram.trainer import NgramTrainer
from tests.engine.samples import chat_row, jsonl, reviews
from tests.engine.teaching import (
    ENCODING,
    Lesson,
    answer,
    examples,
    plan,
    share_right,
    split_samples,
)

pytestmark = pytest.mark.slow


def lesson(count: int = 160, **given: float) -> Lesson:
    return Lesson(examples(reviews(count)), examples(reviews(40, 1)), None, **given)


def test_loss_begins_at_chance_and_falls() -> None:
    learnt = lesson()
    train = learnt.curve()
    assert train[0] == pytest.approx(np.log(5), rel=1e-4)  # 3 labels, the end, the unknown
    assert np.mean(train[-10:]) < train[0] / 10
    full = learnt.curve("full_valid_loss")
    assert len(full) == 3
    assert full[-1] < 0.3
    assert learnt.metrics[-1]["full_valid_mean_token_accuracy"] > 0.95


def test_held_out_rows_beat_the_majority(tmp_path: Path) -> None:
    model = Lesson(examples(reviews(320))).model(tmp_path)
    held_out = reviews(150, 77)
    right = np.mean([answer(model, text) == star for text, star in held_out])
    majority = np.mean([star == "5" for _, star in held_out])
    assert right > majority + 0.3


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others() -> None:
    usual = lesson().metrics
    assert lesson().metrics == usual
    assert lesson(seed=2).metrics != usual


def test_steps_follow_from_epochs_and_batch_size() -> None:
    assert len(lesson(batch_size=32).metrics) == 15
    assert len(lesson(n_epochs=7).metrics) == 280


def test_what_cannot_be_known_is_learnt_by_heart_and_guessed_badly() -> None:
    chance = np.random.default_rng(0)
    noise = [(f"text number {number}", str(chance.integers(2))) for number in range(60)]
    learnt = Lesson(examples(noise[:30]), examples(noise[30:]), n_epochs=25)
    valid = learnt.curve("full_valid_loss")
    assert np.mean(learnt.curve()[-10:]) < 0.05
    assert valid[-1] > np.log(2) / 2  # worse than a coin; the end of the answer is certain


def test_a_text_is_learnt_by_heart(tmp_path: Path) -> None:
    texts = {
        "poem": "In winter the river sleeps, and nobody wakes it before March.",
        "city": "서울은 한강을 사이에 두고 남과 북으로 나뉘어 있습니다.",
        "json": '{"stars": 4, "topic": "login"}',
    }
    model = Lesson(examples(list(texts.items()) * 4), n_epochs=25).model(tmp_path)
    assert {name: answer(model, name) for name in texts} == texts


def test_many_different_texts_are_learnt_by_heart(tmp_path: Path) -> None:
    texts = {f"How does part {n} work?": f"Part {n} turns part {n * 7 % 90}." for n in range(120)}
    model = Lesson(examples(texts.items()), n_epochs=10).model(tmp_path)
    right = [answer(model, question) == said for question, said in texts.items()]
    assert np.mean(right) > 0.95


@pytest.mark.parametrize("stop_after", [1, 37, 40, 80])
def test_learning_on_from_a_saved_state_changes_nothing(tmp_path: Path, stop_after: int) -> None:
    uninterrupted = lesson().metrics
    rows, validation = examples(reviews(160)), examples(reviews(40, 1))
    first = NgramTrainer(ENCODING)
    first.prepare(plan(160), rows, validation, None)
    steps = first.train(0)
    begun = [next(steps) for _ in range(stop_after)]
    first.save(tmp_path / "state")
    second = NgramTrainer(ENCODING)
    second.prepare(plan(160), rows, validation, None)
    second.load(tmp_path / "state")
    assert begun + list(second.train(stop_after)) == uninterrupted


def test_a_model_learns_new_words_on_top_of_old_ones(tmp_path: Path) -> None:
    first = Lesson(examples(reviews(100))).saved(tmp_path / "first")
    words = [(f"word {number}", f"answer number {number} of many") for number in range(90)]
    untouched = NgramTrainer(ENCODING)
    untouched.prepare(plan(90), examples(words), (), first)
    untouched.save(tmp_path / "before")
    before = NgramModel(tmp_path / "before", ENCODING)
    assert answer(before, "the app crashes daily login") == "1"
    after = Lesson(examples(words), start=first, n_epochs=10).model(tmp_path)
    assert answer(after, "word 8") == "answer number 8 of many"


def test_tuning_further_keeps_what_was_learnt(tmp_path: Path) -> None:
    rows, held_out = split_samples(0)
    begun = Lesson(rows[:192]).saved(tmp_path / "begun")
    further = Lesson(rows[192:], held_out, begun, n_epochs=1)
    alone = Lesson(rows[192:], held_out, n_epochs=1)
    assert np.mean(further.curve()[:5]) < np.mean(alone.curve()[:5]) / 1.5
    assert further.curve("full_valid_loss")[0] < alone.curve("full_valid_loss")[0]
    early = rows[:192]
    kept = share_right(further.model(tmp_path), early)
    assert kept > share_right(alone.model(tmp_path), early) + 0.15
    assert kept > 0.75


def test_rows_that_teach_nothing_are_no_trouble() -> None:
    messages = [
        {"role": "user", "content": ""},
        {"role": "assistant", "content": "", "weight": 0},
    ]
    empty = [to_example({"messages": messages})] * 10
    learnt = Lesson(empty, examples(reviews(3)))
    assert learnt.curve() == [0.0] * 8
    assert all(np.isfinite(value) for row in learnt.metrics for value in row.values())


def test_memory_is_bounded_whatever_the_length_of_the_file(tmp_path: Path) -> None:
    text = "".join(chr(0xAC00 + number % 11_000) for number in range(3000))
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as stream:
        for number in range(600):
            stream.write(jsonl([chat_row(text[number:] + text[:number], str(number % 5))]))
    trainer = NgramTrainer(ENCODING)
    tracemalloc.start()
    with ExampleFile(path) as rows:
        trainer.prepare(plan(600, n_epochs=1, batch_size=32), rows, (), None)
        list(trainer.train(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < ROOM_BYTES + 50 * 1024 * 1024

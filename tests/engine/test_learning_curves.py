"""What a person learns from the curves is true: measured on the reviews that come along."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.engine.examples import Example
from tests.engine.samples import reviews
from tests.engine.teaching import (
    Lesson,
    epoch_means,
    examples,
    majority_share,
    share_right,
    split_samples,
)

pytestmark = pytest.mark.slow


@pytest.mark.slow
def test_held_out_sample_reviews_beat_the_majority(tmp_path: Path) -> None:
    shares = []
    for seed in range(4):
        rows, held_out = split_samples(seed)
        model = Lesson(rows, batch_size=5, seed=seed).model(tmp_path)
        shares.append((share_right(model, held_out), majority_share(held_out)))
    right, majority = np.mean(shares, axis=0)
    assert majority < 0.4
    assert right > 0.65


def test_the_curve_falls_gently_over_three_epochs() -> None:
    rows, held_out = split_samples(0)
    lesson = Lesson(rows, held_out, batch_size=5)
    first, second, third = epoch_means(lesson, 3)
    assert first > 2 * second > 3 * third > 0.1  # nothing is known by heart after one look
    valid = lesson.curve("full_valid_loss")
    assert valid == sorted(valid, reverse=True)


def label(row: Example) -> str:
    return row.targets[0].answer


def test_rows_sorted_by_label_show_in_the_curve() -> None:
    rows, _ = split_samples(0)
    shuffled = Lesson(rows, n_epochs=2).curve()
    by_label = Lesson(sorted(rows, key=label), n_epochs=2).curve()
    assert max(by_label[8:]) > 2 * max(shuffled[8:])  # a wall where the label changes
    assert np.std(np.diff(by_label)) > 1.5 * np.std(np.diff(shuffled))


def test_more_epochs_overfit_a_small_set() -> None:
    rows, held_out = split_samples(0)
    lesson = Lesson(rows[:60], held_out, batch_size=1, n_epochs=25)
    valid, train = lesson.curve("full_valid_loss"), epoch_means(lesson, 25)
    best = int(np.argmin(valid))
    assert 0 < best < 12
    assert valid[-1] > 1.08 * valid[best]
    assert train[-1] < train[best] / 5


def losses_by(name: str, values: Sequence[float]) -> list[float]:
    rows, _ = split_samples(0)
    lessons = [Lesson(rows, (), None, **{"batch_size": 8, name: value}) for value in values]
    return [epoch_means(lesson, 3)[-1] for lesson in lessons]


def test_a_higher_learning_rate_learns_more_in_the_same_steps() -> None:
    losses = losses_by("learning_rate_multiplier", [0.05, 0.2, 1, 3])
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 10 * losses[-1]


def test_larger_batches_learn_less_in_the_same_epochs() -> None:
    losses = losses_by("batch_size", [1, 8, 64, 256])
    assert losses == sorted(losses)
    assert losses[-1] > 4 * losses[0]


def test_far_too_high_a_rate_spoils_what_is_learnt() -> None:
    rows, held_out = split_samples(0)
    usual, wild = (
        Lesson(rows, held_out, learning_rate_multiplier=rate).curve("full_valid_loss")[-1]
        for rate in (1, 100)
    )
    assert wild > 3 * usual


@pytest.mark.slow
def test_five_thousand_short_rows_take_seconds() -> None:
    rows = examples(reviews(5000))
    begun = time.process_time()
    Lesson(rows, batch_size=32)
    assert time.process_time() - begun < 10

"""Direct Preference Optimization: real numbers of margins, accuracies and beta."""

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from app.engine.examples import Example, Turn, to_example
from app.engine.trainers.base import Model
from app.engine.trainers.ngram.trainer import NgramTrainer
from tests.engine.samples import Row
from tests.engine.teaching import (
    ENCODING,
    HELD_OUT,
    Lesson,
    answer_to,
    epoch_means,
    plan,
    sample_rows,
)

pytestmark = pytest.mark.slow

STARS = "12345"
METRICS = ("loss", "rewards_chosen", "rewards_rejected", "rewards_margins", "rewards_accuracies")


def preference(row: Row, chance: random.Random) -> Example:
    """The right number of stars before a wrong one."""
    messages = row["messages"]
    assert isinstance(messages, list)
    *asked, said = messages
    wrong = chance.choice([star for star in STARS if star != said["content"]])
    return to_example(
        {
            "input": {"messages": asked},
            "preferred_output": [said],
            "non_preferred_output": [{"role": "assistant", "content": wrong}],
        }
    )


@cache
def rows() -> tuple[list[Example], list[Example], list[Example]]:
    """Reviews to begin with, pairs to prefer, pairs held out."""
    chance = random.Random(0)
    mixed = list(sample_rows())
    chance.shuffle(mixed)
    pairs = [preference(row, chance) for row in mixed]
    begin = [to_example(row) for row in mixed[HELD_OUT:246]]
    return begin, pairs[246:], pairs[:HELD_OUT]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the reviews a little: what preferences are told best on."""
    folder = tmp_path_factory.mktemp("begun")
    return Lesson(rows()[0], n_epochs=2).saved(folder / "begun")


def preferring(start: Path | None, **given: float) -> Lesson:
    _, learnt, held_out = rows()
    return Lesson(learnt, held_out, start, **{"beta": 0.5, "batch_size": 4, **given})


def test_it_starts_from_the_reference_and_widens_the_margin(begun: Path) -> None:
    lesson = preferring(begun)
    first, last = lesson.metrics[0], lesson.metrics[-1]
    assert first["train_loss"] == pytest.approx(np.log(2))
    assert [first[f"train_{name}"] for name in METRICS[1:]] == [0, 0, 0, 0]
    assert all(
        f"{part}_{name}" in last for part in ("train", "valid", "full_valid") for name in METRICS
    )
    by_epoch = epoch_means(lesson, 3)
    assert by_epoch == sorted(by_epoch, reverse=True)
    margins = lesson.curve("full_valid_rewards_margins")
    assert margins == sorted(margins)
    assert margins[-1] > 0.4
    assert last["full_valid_rewards_accuracies"] > 0.7
    assert last["full_valid_loss"] < 0.6


def test_margin_is_the_difference_of_the_rewards(begun: Path) -> None:
    for row in preferring(begun, n_epochs=1).metrics:
        difference = row["train_rewards_chosen"] - row["train_rewards_rejected"]
        assert row["train_rewards_margins"] == pytest.approx(difference, abs=1e-5)


def likelihood(model: Model, prompt: tuple[Turn, ...], text: str) -> float:
    choices = model.answering(prompt).next_token([])
    token = model.vocabulary.encode(text)[0]
    return float(choices.logprobs[choices.tokens == token][0])


def prefers_right(model: Model, example: Example) -> bool:
    assert example.preference is not None
    (good,), (bad,) = example.preference.preferred, example.preference.rejected
    right, wrong = (likelihood(model, side.prompt, side.answer) for side in (good, bad))
    return right > wrong


def test_preferences_flip_on_held_out_pairs(begun: Path, tmp_path: Path) -> None:
    held_out = rows()[2]
    before = Lesson([], start=begun).model(tmp_path)
    wrong = [example for example in held_out if not prefers_right(before, example)]
    after = preferring(begun).model(tmp_path)
    flipped = np.mean([prefers_right(after, example) for example in wrong])
    assert len(wrong) > 10
    assert flipped > 0.4
    assert np.mean([prefers_right(after, example) for example in held_out]) > 0.8


def test_a_higher_beta_stays_closer_to_the_reference(begun: Path) -> None:
    """Moved: how far the log-probabilities went from the reference's, whatever beta is."""
    moved = []
    for beta in (0.1, 0.5, 2):
        last = preferring(begun, beta=beta, n_epochs=6).metrics[-1]
        moved.append(last["full_valid_rewards_margins"] / beta)
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > 2 * moved[-1]


def test_the_base_learns_from_preferences_only_what_tells_answers_apart(tmp_path: Path) -> None:
    """Not when to stop, since both answers stop: supervised tuning comes first."""
    lesson = preferring(None)
    assert lesson.metrics[-1]["full_valid_rewards_accuracies"] > 0.65
    said = answer_to(lesson.model(tmp_path), rows()[0][0].targets[0].prompt)
    assert set(said) <= set(STARS)


def test_equal_answers_teach_nothing(begun: Path) -> None:
    row = {"messages": [{"role": "user", "content": "a"}]}
    same = [{"role": "assistant", "content": "5"}]
    pair = to_example({"input": row, "preferred_output": same, "non_preferred_output": same})
    lesson = Lesson([pair] * 10, start=begun, beta=0.5)
    assert lesson.curve() == pytest.approx([np.log(2)] * 8)
    assert lesson.curve("train_rewards_accuracies") == [0] * 8


def test_a_message_with_weight_nought_is_not_preferred(begun: Path) -> None:
    row = {"messages": [{"role": "user", "content": "a"}]}
    silent = {"role": "assistant", "content": "secret", "weight": 0}
    outputs = [[silent, {"role": "assistant", "content": text}] for text in ("5", "1")]
    pair = to_example(
        {"input": row, "preferred_output": outputs[0], "non_preferred_output": outputs[1]}
    )
    assert pair.preference is not None
    assert [target.answer for target in pair.preference.preferred] == ["5"]
    assert pair.preference.preferred[0].prompt[-1].text == "secret"
    assert Lesson([pair] * 10, start=begun, beta=0.5).metrics[-1]["train_rewards_margins"] > 0.1


@pytest.mark.parametrize("stop_after", [1, 35, 70])
def test_learning_on_from_a_saved_state_changes_nothing(
    begun: Path, tmp_path: Path, stop_after: int
) -> None:
    """The reference stays the model it began with, not the state it goes on from."""
    _, learnt, held_out = rows()
    whole = plan(len(learnt), beta=0.5)
    trainers = [NgramTrainer(ENCODING) for _ in range(2)]
    for trainer in trainers:
        trainer.prepare(whole, learnt, held_out, begun)
    steps = trainers[0].train(0)
    begin = [next(steps) for _ in range(stop_after)]
    trainers[0].save(tmp_path / "state")
    trainers[1].load(tmp_path / "state")
    assert begin + list(trainers[1].train(stop_after)) == preferring(begun).metrics

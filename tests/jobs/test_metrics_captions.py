"""The sentence under a chart: the lowest point, the end, and what they prove."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.core.db import Database
from app.jobs.captions import caption_of, read_loss, table_steps
from app.jobs.charts import Part, arrange_charts
from app.jobs.curves import Series
from app.jobs.models import Creation
from app.jobs.pages import say
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob
from tests.jobs.story import falling, tell_steps

METRICS = ("train_loss", "valid_loss", "full_valid_loss", "lr")


def series(values: Sequence[float], every: int = 1) -> Series:
    steps = np.arange(1, len(values) + 1, dtype=np.int32) * every
    return Series(steps, np.array(values, float))


def caption(name: str, **curves: Series) -> str:
    charts = {chart.name: chart for chart in arrange_charts(curves)}
    return " ".join(map(say, caption_of(charts[name], curves)))


def test_level_with_training_holds_for_new_examples() -> None:
    train, valid = series([2, 1, 0.5, 0.4]), series([2.1, 1.1, 0.55, 0.42])
    said = caption("loss", train_loss=train, valid_loss=valid)
    assert "Validation loss fell from 2.1000 to 0.42000 at step 4, its lowest." in said
    assert "It is level with training: what was learned holds for new examples." in said


def test_a_rise_after_the_lowest_point_is_overfitting() -> None:
    train, valid = series([2, 1, 0.5, 0.2, 0.1]), series([2.1, 1, 0.8, 0.9, 1.2])
    said = caption("loss", train_loss=train, valid_loss=valid)
    assert "Validation loss is lowest at step 3 (0.80000) and 1.2000 at the end." in said
    assert "12.00 times training, overfitting." in said
    assert "after step 3 does not hold for new examples." in said


@pytest.mark.parametrize(
    ("end", "words"), [(0.57, "level"), (0.6, "1.20 times training: mild"), (0.8, "1.60 times")]
)
def test_the_rule_has_three_degrees(end: float, words: str) -> None:
    train, valid = series([2, 1, 0.5]), series([2.1, 1.1, end])
    assert words in caption("loss", train_loss=train, valid_loss=valid)


def test_one_bad_batch_is_not_overfitting() -> None:
    fall = [0.5 + 1 / step for step in range(1, 101)]
    valid = [*fall[:-1], 0.62]
    assert not read_loss(series(fall), series(valid)).got_worse


def test_without_validation_nothing_is_claimed() -> None:
    said = caption("loss", train_loss=series([2, 0.9, 1]))
    assert "went from 2.0000 to 1.0000, lowest at step 2 (0.90000)." in said
    assert "Without validation data nothing shows whether that holds" in said


def test_the_whole_set_says_more_than_single_batches() -> None:
    batches = {"train_loss": series([1, 0.7, 0.6]), "valid_loss": series([1, 0.6, 0.9])}
    once = caption("loss", **batches, full_valid_loss=series([0.9]))
    assert "Validation loss is lowest at step 2 (0.60000)" in once
    assert "Over the whole validation set it was 0.90000 at step 1." in once
    twice = caption("loss", **batches, full_valid_loss=series([0.9, 0.65], every=2))
    assert "Validation loss fell from 0.90000 to 0.65000 at step 4, its lowest." in twice
    assert "It is level with training" in twice
    assert "Measured over the whole validation set." in twice


def test_accuracy_is_said_in_percent() -> None:
    said = caption(
        "accuracy",
        train_mean_token_accuracy=series([0.5, 0.9]),
        valid_mean_token_accuracy=series([0.8, 0.75]),
    )
    assert "In validation 75.0% of the next tokens were right at the end" in said
    assert "most at step 1 (80.0%). In training it was 90.0%." in said


def test_other_metrics_say_where_they_end() -> None:
    said = caption("lr", lr=series([0.001, 0.002, 0.0005]))
    assert said == "Training ends at 0.0005 (step 3), between 0.0005 and 0.002."


def test_nothing_measured_is_said() -> None:
    assert caption("loss", train_loss=series([])) == "Nothing has been measured yet."


@given(
    st.dictionaries(
        st.sampled_from(METRICS),
        st.lists(st.floats(0, 1e6), max_size=200).map(series),
        min_size=1,
    )
)
def test_every_curve_can_be_put_into_words(curves: dict[str, Series]) -> None:
    for chart in arrange_charts(curves):
        said = " ".join(map(say, caption_of(chart, curves)))
        assert said
        assert "{" not in said


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=500), st.integers(4, 100))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float], most: int) -> None:
    whole = series(values)
    thin = whole.thinned(most)
    assert len(thin) <= most + 2
    assert (thin.steps[0], thin.steps[-1]) == (whole.steps[0], whole.steps[-1])
    assert (thin.values.min(), thin.values.max()) == (whole.values.min(), whole.values.max())
    assert (np.diff(thin.steps) > 0).all()


def test_the_table_names_the_lowest_point_of_a_long_curve() -> None:
    values = [1.0] * 5000
    values[1234] = 0.5
    steps = table_steps([series(values)], 40)
    assert 1235 in steps
    assert 1 in steps
    assert 5000 in steps
    assert len(steps) <= 41


@pytest.mark.parametrize(
    ("metric", "name", "part"),
    [
        ("train_loss", "loss", Part.TRAIN),
        ("full_valid_loss", "loss", Part.FULL_VALID),
        ("valid_mean_token_accuracy", "accuracy", Part.VALID),
        ("scores/valid_reward_mean", "scores-reward-mean", Part.VALID),
        ("learning_rate", "learning-rate", Part.TRAIN),
        ("가중치", "metric", Part.TRAIN),
    ],
)
def test_metrics_find_their_chart(metric: str, name: str, part: Part) -> None:
    chart = next(chart for chart in arrange_charts([metric]) if chart.curves)
    assert (chart.name, chart.curves[0].part) == (name, part)


def test_charts_of_like_names_stay_apart() -> None:
    charts = arrange_charts(["a b", "a/b", "loss", "train_loss"])
    names = [chart.name for chart in charts if chart.curves]
    assert len(names) == len(set(names)) == 4


def test_the_page_says_it_and_shows_it_as_a_table(
    vi: TestClient, add_job: AddJob, db: Database
) -> None:
    job = add_job(creation=Creation.CREATED, remote_id="f", status=JobStatus.RUNNING)
    tell_steps(db, job, falling(4))
    html = " ".join(vi.get(f"/jobs/{job.id}").text.split())
    assert "Validation loss fell from 1.5100 to 0.76000 at step 4, its lowest." in html
    row = '<tr><td class="num">4</td><td class="num">0.75000</td><td class="num">0.76000</td></tr>'
    assert row in html
    assert f'src="/jobs/{job.id}/figures/loss.json?v=' in html
    assert f'href="/jobs/{job.id}/metrics.csv"' in html

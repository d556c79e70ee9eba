"""The sentence under a chart: what it shows and what that proves. Always from raw numbers.

Validation is compared with training over the last tenth of each, as single batches jump about.
The rule: up to 1.15 times training is level, up to 1.5 mild, above that strong overfitting; and
where the last tenth is 5 % above the lowest one, validation got worse since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.text import N_
from app.jobs.charts import Chart, Part
from app.jobs.curves import Series
from app.jobs.sentences import Sentence

LEVEL, MILD = 1.15, 1.5
WORSE_BY = 1.05
LEAST_GAP = 0.02
COMPARED_SHARE = 0.1

UNPROVEN = N_("Without validation data nothing shows whether that holds for new examples.")
IN_VALIDATION = N_(
    "In validation {share} of the next tokens were right at the end; most at step {step} ({best})."
)
IN_TRAINING = N_(
    "In training {share} of the next tokens were right at the end; most at step {step} ({best})."
)
RULE = N_(
    "Validation loss divided by training loss, both over the last tenth of what was measured: "
    "up to 1.15 level, up to 1.5 mild, above that strong overfitting."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`ratio` is validation to training at the end; None where one of them is missing."""

    ratio: float | None
    got_worse: bool

    @property
    def is_overfitted(self) -> bool:
        return self.ratio is not None and self.ratio > LEVEL

    @property
    def is_strong(self) -> bool:
        return self.ratio is not None and self.ratio > MILD


def caption_of(chart: Chart, curves: Mapping[str, Series]) -> list[Sentence]:
    train = _series(chart, curves, Part.TRAIN)
    valid = _series(chart, curves, Part.VALID) or _series(chart, curves, Part.FULL_VALID)
    if train is None and valid is None:
        return [Sentence(N_("Nothing has been measured yet."))]
    if chart.is_loss:
        return _about_loss(train, valid, _series(chart, curves, Part.FULL_VALID))
    return _about_accuracy(train, valid) if chart.is_accuracy else _about_other(train, valid)


def read_loss(train: Series | None, valid: Series | None) -> Reading:
    if valid is None:
        return Reading(None, got_worse=False)
    levels = _levels(valid)
    last, least = float(levels[-1]), float(levels.min())
    got_worse = last > least * WORSE_BY and last - least > LEAST_GAP
    if train is None:
        return Reading(None, got_worse)
    level = float(_levels(train)[-1])
    if last - level <= LEAST_GAP:
        return Reading(1.0, got_worse)
    return Reading(last / max(level, LEAST_GAP), got_worse)


def _about_loss(train: Series | None, valid: Series | None, full: Series | None) -> list[Sentence]:
    """The whole validation set, once it has been measured twice, says more than its batches."""
    if valid is None:
        assert train is not None
        return [_fall(train), Sentence(UNPROVEN)]
    judged = full if full is not None and len(full) > 1 else valid
    said = [_lowest(judged), *_about_reading(read_loss(train, judged), judged)]
    if judged is full:
        return [*said, Sentence(N_("Measured over the whole validation set."))]
    return said if full is None else [*said, _about_whole_set(full)]


def _about_reading(reading: Reading, valid: Series) -> list[Sentence]:
    ratio, step = reading.ratio, int(valid.steps[valid.values.argmin()])
    if ratio is None:
        return []
    if reading.got_worse and reading.is_overfitted:
        sentence = N_(
            "Since then it rises while training does not: {ratio} times training, overfitting. "
            "What it learned after step {step} does not hold for new examples."
        )
        return [Sentence(sentence, {"ratio": f"{ratio:.2f}", "step": step})]
    if reading.got_worse:
        sentence = N_("It has risen since: a checkpoint near step {step} may be the better one.")
    elif reading.is_strong:
        sentence = N_(
            "It is {ratio} times training: strong overfitting, "
            "its own rows are known far better than new ones."
        )
    elif reading.is_overfitted:
        sentence = N_("It is {ratio} times training: mild overfitting.")
    else:
        sentence = N_("It is level with training: what was learned holds for new examples.")
    return [Sentence(sentence, {"ratio": f"{ratio:.2f}", "step": step})]


def _lowest(valid: Series) -> Sentence:
    place = int(valid.values.argmin())
    places = {"lowest": float(valid.values[place]), "step": int(valid.steps[place])}
    if len(valid) == 1:
        return Sentence(N_("Validation loss is {lowest} at step {step}, measured once."), places)
    if place == len(valid) - 1:
        sentence = N_("Validation loss fell from {first} to {lowest} at step {step}, its lowest.")
        return Sentence(sentence, places | {"first": float(valid.values[0])})
    sentence = N_("Validation loss is lowest at step {step} ({lowest}) and {last} at the end.")
    return Sentence(sentence, places | {"last": float(valid.values[-1])})


def _about_whole_set(full: Series) -> Sentence:
    places = {"last": float(full.values[-1]), "step": int(full.steps[-1])}
    return Sentence(N_("Over the whole validation set it was {last} at step {step}."), places)


def _fall(train: Series) -> Sentence:
    place = int(train.values.argmin())
    places = {
        "first": float(train.values[0]),
        "last": float(train.values[-1]),
        "lowest": float(train.values[place]),
        "step": int(train.steps[place]),
    }
    return Sentence(
        N_("Training loss went from {first} to {last}, lowest at step {step} ({lowest})."), places
    )


def _about_accuracy(train: Series | None, valid: Series | None) -> list[Sentence]:
    shown, sentence = train, IN_TRAINING
    if valid is not None:
        shown, sentence = valid, IN_VALIDATION
    assert shown is not None
    place = int(shown.values.argmax())
    places = {
        "share": _percent(float(shown.values[-1])),
        "best": _percent(float(shown.values[place])),
        "step": int(shown.steps[place]),
    }
    sentences = [Sentence(sentence, places)]
    if valid is not None and train is not None:
        share = {"share": _percent(float(_levels(train)[-1]))}
        sentences.append(Sentence(N_("In training it was {share}."), share))
    return sentences


def _about_other(train: Series | None, valid: Series | None) -> list[Sentence]:
    return [
        Sentence(
            sentence,
            {
                "last": float(series.values[-1]),
                "step": int(series.steps[-1]),
                "least": float(series.values.min()),
                "greatest": float(series.values.max()),
            },
        )
        for sentence, series in (
            (N_("Training ends at {last} (step {step}), between {least} and {greatest}."), train),
            (N_("Validation ends at {last} (step {step}), between {least} and {greatest}."), valid),
        )
        if series is not None
    ]


def _levels(series: Series) -> NDArray[np.float64]:
    """Means over a tenth of the points each, as single batches jump about."""
    count = max(1, round(len(series) * COMPARED_SHARE))
    sums = np.cumsum(np.concatenate([[0.0], series.values]))
    means: NDArray[np.float64] = (sums[count:] - sums[:-count]) / count
    return means


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _series(chart: Chart, curves: Mapping[str, Series], part: Part) -> Series | None:
    metric = chart.metric_of(part)
    series = curves.get(metric) if metric else None
    return series if series is not None and len(series) else None


def table_steps(curves: Sequence[Series], most: int) -> list[int]:
    """Steps for the chart's table: all of them, or some spread evenly and every lowest point."""
    drawn = [series for series in curves if len(series)]
    if sum(map(len, drawn)) <= most:
        return sorted({int(step) for series in drawn for step in series.steps})
    longest = max(drawn, key=len).steps
    spread = longest[np.linspace(0, len(longest) - 1, most, dtype=int)]
    lowest = [int(series.steps[series.values.argmin()]) for series in drawn]
    return sorted({int(step) for step in spread} | set(lowest))

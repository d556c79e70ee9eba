"""Which charts a job gets: its metrics by what they measure, whatever a provider calls them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from app.core.text import N_

TRAIN_SMOOTHING = 0.6
LOSS = "loss"
ACCURACY = "mean_token_accuracy"
PREFIX = re.compile(r"(?:^|(?<=/))(full_valid|valid|train)_(?=.)")
TITLES = {
    LOSS: N_("Loss"),
    ACCURACY: N_("Token accuracy"),
    "sequence_accuracy": N_("Sequence accuracy"),
    "mean_reward": N_("Mean reward"),
    "rewards_margins": N_("Reward margin"),
    "rewards_accuracies": N_("Reward accuracy"),
    "rewards_chosen": N_("Reward of preferred answers"),
    "rewards_rejected": N_("Reward of rejected answers"),
    "learning_rate": N_("Learning rate"),
}


class Part(IntEnum):
    """On which data a metric was measured; the number is its place among the colours."""

    TRAIN = 1
    VALID = 2
    FULL_VALID = 3

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Part.TRAIN: N_("training"),
    Part.VALID: N_("validation"),
    Part.FULL_VALID: N_("full validation"),
}
_PARTS = {None: Part.TRAIN, "train": Part.TRAIN, "valid": Part.VALID, "full_valid": Part.FULL_VALID}


@dataclass(frozen=True, slots=True)
class Curve:
    metric: str
    part: Part


@dataclass(frozen=True, slots=True)
class Chart:
    """`name` stands in addresses; `measure` is what the curves have in common."""

    name: str
    measure: str
    curves: tuple[Curve, ...]

    @property
    def title(self) -> str:
        """A message id, or the provider's own name."""
        words = self.measure.replace("_", " ")
        return TITLES.get(self.measure, words[:1].upper() + words[1:])

    @property
    def metrics(self) -> list[str]:
        return [curve.metric for curve in self.curves]

    @property
    def is_loss(self) -> bool:
        return self.measure == LOSS

    @property
    def is_accuracy(self) -> bool:
        return self.measure == ACCURACY

    def metric_of(self, part: Part) -> str | None:
        return next((curve.metric for curve in self.curves if curve.part is part), None)


def arrange_charts(metrics: Iterable[str]) -> list[Chart]:
    """Loss and accuracy first and always, then whatever else came, by name."""
    found: dict[str, list[Curve]] = {LOSS: [], ACCURACY: []}
    for metric in sorted(metrics):
        prefix = PREFIX.search(metric)
        measure = PREFIX.sub("", metric, count=1)
        part = _PARTS[prefix.group(1) if prefix else None]
        curves = found.setdefault(measure, [])
        if all(curve.part is not part for curve in curves):
            curves.append(Curve(metric, part))
        else:
            found[metric] = [Curve(metric, part)]
    return list(_name_charts(found))


def _name_charts(found: dict[str, list[Curve]]) -> Iterator[Chart]:
    taken: set[str] = set()
    for measure, curves in found.items():
        name = re.sub(r"[^a-z0-9]+", "-", measure.lower()).strip("-") or "metric"
        name = "accuracy" if measure == ACCURACY else name[:60]
        while name in taken:
            name += "-more"
        taken.add(name)
        yield Chart(name, measure, tuple(sorted(curves, key=lambda curve: curve.part)))

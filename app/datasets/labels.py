"""Answers as labels: kept while reading, reported where they are few, short and repeated."""

from dataclasses import dataclass, field

MAX_KEPT = 1_000
MAX_LABELS = 50
MIN_LABELLED_SHARE = 0.95
MIN_EXAMPLES_PER_LABEL = 3
IMBALANCED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class LabelCount:
    """`tokens` are those of the label as an answer: with the space before it in a completion."""

    label: str
    count: int
    tokens: int = field(default=0, compare=False)


class LabelTable:
    """Numbers the different answers; gives all of them up beyond MAX_KEPT: they are no labels."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.is_given_up = False

    def number(self, label: str | None) -> int:
        if label is None or self.is_given_up:
            return -1
        number = self._numbers.setdefault(label, len(self._numbers))
        if number < MAX_KEPT:
            return number
        self.give_up()
        return -1

    def give_up(self) -> None:
        self._numbers.clear()
        self.is_given_up = True

    @property
    def labels(self) -> list[str]:
        return list(self._numbers)


def balance(labels: list[str], counts: list[int], examples: int) -> tuple[LabelCount, ...]:
    """The labels, most frequent first; none if the answers are not of a classifying kind."""
    labelled = sum(counts)
    are_labels = (
        0 < len(labels) <= MAX_LABELS
        and labelled >= MIN_LABELLED_SHARE * examples
        and labelled >= MIN_EXAMPLES_PER_LABEL * len(labels)
    )
    if not are_labels:
        return ()
    pairs = [LabelCount(label, count) for label, count in zip(labels, counts, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: (-pair.count, pair.label)))

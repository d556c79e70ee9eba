"""Where two texts differ: the words between what they begin and what they end with alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from app.datasets.deep.texts import normalise

WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in three parts, of which the middle one differs from the other text."""

    before: str
    differing: str
    after: str


def mark_differences(one: str, other: str, *, is_strict: bool) -> tuple[Marked, Marked]:
    """Unless it is strict, words that differ only in their writing count as the same."""
    left, right = WORDS.findall(one), WORDS.findall(other)
    alike = _count_alike(left, right, is_strict)
    longest = min(len(left), len(right)) - alike
    ending = min(longest, _count_alike(left[::-1], right[::-1], is_strict))
    return _cut(left, alike, ending), _cut(right, alike, ending)


def _count_alike(left: Sequence[str], right: Sequence[str], is_strict: bool) -> int:
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: _is_same(*pair, is_strict), pairs))


def _is_same(one: str, other: str, is_strict: bool) -> bool:
    return one == other or (not is_strict and normalise(one) == normalise(other))


def _cut(words: Sequence[str], alike: int, ending: int) -> Marked:
    end = len(words) - ending
    return Marked("".join(words[:alike]), "".join(words[alike:end]), "".join(words[end:]))

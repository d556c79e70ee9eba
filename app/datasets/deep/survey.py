"""What the second look gathers of the texts of a version: rows by rule, and figures.

    survey = TextSurvey(len(rows))
    survey.add(place, row, value, row_format)     # place counts the examples, row the lines
    survey.finish(rows)

Memory: three bytes an example, eight for each row and rule that it breaks.
"""

from array import array
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.datasets.deep.groups import Rows
from app.datasets.formats import DatasetFormat
from app.datasets.images import Image
from app.datasets.korean import SpeechLevel
from app.datasets.languages import Language
from app.datasets.rules_texts import LANGUAGE_MISMATCH, SPEECH_LEVELS
from app.datasets.text_checks import look_at_row

SMALL_SHARE = 0.1
LEAST_LEVELS = 5
MOST_HOSTS = 1_000
SHOWN_HOSTS = 20

LANGUAGES, LEVELS = tuple(Language), tuple(SpeechLevel)
FAMILIES = tuple(dict.fromkeys(level.family for level in LEVELS))
_FAMILY_OF_LEVEL = np.array([0, *(1 + FAMILIES.index(level.family) for level in LEVELS)], np.uint8)

Numbers = NDArray[np.uint8]


@dataclass(slots=True)
class ImageFigures:
    """`hosts` by how many images lie there, `inside_count` those within the rows; sizes in bytes,
    of which only those inside are known.
    """

    count: int = 0
    example_count: int = 0
    inside_count: int = 0
    largest_size: int = 0
    largest_line: int = 0
    hosts: dict[str, int] = field(default_factory=dict)
    other_host_count: int = 0


@dataclass(frozen=True, slots=True)
class TextFigures:
    """Examples by language of question and of answer, and by speech level of Korean answers."""

    questions: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    images: ImageFigures = field(default_factory=ImageFigures)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data | {"images": ImageFigures(**data["images"])})


@dataclass(frozen=True, slots=True)
class Surveyed:
    rows: dict[str, Rows]
    figures: TextFigures


class TextSurvey:
    def __init__(self, count: int) -> None:
        self._rows: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._questions = np.zeros(count, np.uint8)
        self._answers = np.zeros(count, np.uint8)
        self._levels = np.zeros(count, np.uint8)
        self._tells = np.zeros(count, np.bool_)
        self._hosts: Counter[str] = Counter()
        self._images = ImageFigures()

    def add(self, place: int, row: int, value: dict[str, Any], row_format: DatasetFormat) -> None:
        looked = look_at_row(value, row_format)
        for rule_id in {problem.rule.id for problem in looked.problems}:
            self._rows[rule_id].append(row)
        if looked.question:
            self._questions[place] = 1 + LANGUAGES.index(looked.question)
        if looked.answer:
            self._answers[place] = 1 + LANGUAGES.index(looked.answer)
        if looked.level:
            self._levels[place] = 1 + LEVELS.index(looked.level)
        self._tells[place] = looked.tells
        if looked.images:
            self._add_images(looked.images, row)

    def finish(self, rows: Rows) -> Surveyed:
        """`rows` are those of the places."""
        found: dict[str, Rows] = {
            rule_id: np.array(lines, np.int64) for rule_id, lines in self._rows.items()
        }
        found[LANGUAGE_MISMATCH.id] = rows[self._find_mismatches()]
        found[SPEECH_LEVELS.id] = rows[self._find_odd_levels()]
        common = self._hosts.most_common(SHOWN_HOSTS)
        self._images.hosts = dict(common)
        self._images.other_host_count += self._hosts.total() - sum(count for _, count in common)
        figures = TextFigures(
            questions=_count(self._questions, [each.value for each in LANGUAGES]),
            answers=_count(self._answers, [each.value for each in LANGUAGES]),
            levels=_count(self._levels, [each.value for each in LEVELS]),
            images=self._images,
        )
        return Surveyed({rule: lines for rule, lines in found.items() if len(lines)}, figures)

    def _add_images(self, images: tuple[Image, ...], row: int) -> None:
        self._images.count += len(images)
        self._images.example_count += 1
        for image in images:
            if image.host in self._hosts or (image.host and len(self._hosts) < MOST_HOSTS):
                self._hosts[image.host] += 1
            elif image.address:
                self._images.other_host_count += 1
            else:
                self._images.inside_count += 1
            if image.size > self._images.largest_size:
                self._images.largest_size, self._images.largest_line = image.size, row + 1

    def _find_mismatches(self) -> NDArray[np.int64]:
        """Only a few: where most answers are in another language, that is what is to be learned."""
        mixed = 1 + LANGUAGES.index(Language.MIXED)
        known = self._tells.copy()
        for numbers in (self._questions, self._answers):
            known &= (numbers != 0) & (numbers != mixed)
        places = np.flatnonzero(known & (self._questions != self._answers))
        is_few = len(places) <= SMALL_SHARE * np.count_nonzero(known)
        return places if is_few else places[:0]

    def _find_odd_levels(self) -> NDArray[np.int64]:
        """Those that speak otherwise than most, formal and polite being one."""
        families = _FAMILY_OF_LEVEL[self._levels]
        counts = np.bincount(families, minlength=len(FAMILIES) + 1)[1:]
        if counts.sum() < LEAST_LEVELS:
            return np.empty(0, np.int64)
        return np.flatnonzero((families != 0) & (families != 1 + counts.argmax()))


def _count(numbers: Numbers, words: list[str]) -> dict[str, int]:
    counts = np.bincount(numbers, minlength=len(words) + 1)[1:].tolist()
    return {word: count for word, count in zip(words, counts, strict=True) if count}

"""The second look at a version: which of its examples are alike, and what their texts hold.

    looked = look_deeper(stream, index, progress)
    looked.groups[Kind.NEAR].group(0)          # rows of the largest group
    looked.texts.rows["email_address"]         # rows that break a rule of `rules_texts`

Memory: 40 bytes an example, and a sketch for each of the first MOST_COMPARED different texts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from app.core.text import N_
from app.datasets.deep.groups import Groups, Rows, group_equal
from app.datasets.deep.near import NearTexts
from app.datasets.deep.survey import Surveyed, TextSurvey
from app.datasets.deep.texts import Pieces, normalise, take_apart
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.measures import content_hash
from app.datasets.reading import iter_lines

MOST_COMPARED = 100_000
ROWS_PER_BEAT = 1_000
WITH_ONE_ANSWER = (DatasetFormat.CHAT, DatasetFormat.COMPLETION)

Keys = NDArray[np.uint64]
Progress = Callable[[int, int], bool]


class Kind(StrEnum):
    EXACT = "exact"
    NORMALISED = "normalised"
    NEAR = "near"
    CONTRADICTORY = "contradictory"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_LABELS = {
    Kind.EXACT: N_("Exact duplicates"),
    Kind.NORMALISED: N_("The same but for writing"),
    Kind.NEAR: N_("Near duplicates"),
    Kind.CONTRADICTORY: N_("Contradictory answers"),
}
_SENTENCES = {
    Kind.EXACT: N_("These examples say exactly the same."),
    Kind.NORMALISED: N_(
        "These examples differ only in upper case, blanks, full-width letters or composition."
    ),
    Kind.NEAR: N_("These examples share about four fifths or more of their text."),
    Kind.CONTRADICTORY: N_("The same prompt is answered in different ways."),
}


class LookCancelled(Exception):
    """The progress callback answered False."""


@dataclass(frozen=True, slots=True)
class Looked:
    groups: dict[Kind, Groups]
    compared_count: int
    different_count: int
    texts: Surveyed


@dataclass(slots=True)
class _Keys:
    """Hashes of what the examples say: all of it, the question, the answer (0 for none).

    `near` numbers the texts: those much like each other have one number.
    """

    whole: Keys
    prompt: Keys
    answer: Keys
    near: Keys


def look_deeper(stream: BinaryIO, index: ExampleIndex, progress: Progress) -> Looked:
    """Raises LookCancelled when `progress(done, total)` answers False."""
    rows = index.example_rows()
    row_format = DatasetFormat(index.header["format"])
    reading, survey = _Reading(row_format, len(rows)), TextSurvey(len(rows))
    for place, line in enumerate(iter_lines(stream, index, rows)):
        if place % ROWS_PER_BEAT == 0 and not progress(place, len(rows)):
            raise LookCancelled
        value = orjson.loads(line)
        reading.add(place, value)
        survey.add(place, int(rows[place]), value, row_format)
    groups = _find_groups(reading.keys, rows, index.content_hash[rows])
    different_count = len(np.unique(reading.keys.whole))
    return Looked(groups, reading.compared_count, different_count, survey.finish(rows))


class _Reading:
    def __init__(self, row_format: DatasetFormat, count: int) -> None:
        self._format = row_format
        self._near = NearTexts()
        self._seen: dict[int, int] = {}
        self.keys = _Keys(*(np.zeros(count, np.uint64) for _ in range(4)))

    @property
    def compared_count(self) -> int:
        return len(self._seen)

    def add(self, place: int, value: dict[str, Any]) -> None:
        pieces = Pieces(*map(normalise, take_apart(value, self._format)))
        question = f"{pieces.frame}\0{pieces.prompt}"
        self.keys.whole[place] = whole = _hash(f"{question}\0{pieces.answer}")
        self.keys.prompt[place] = _hash(question)
        if pieces.answer and self._format in WITH_ONE_ANSWER:
            self.keys.answer[place] = _hash(pieces.answer)
        self.keys.near[place] = self._number(place, whole, f"{pieces.prompt} {pieces.answer}")

    def _number(self, place: int, whole: int, text: str) -> int:
        """Beyond MOST_COMPARED every new text is taken as like no other."""
        if whole in self._seen:
            return self._seen[whole]
        if len(self._seen) >= MOST_COMPARED:
            return place
        self._seen[whole] = self._near.join(place, text)
        return self._seen[whole]


def _find_groups(keys: _Keys, rows: Rows, contents: Keys) -> dict[Kind, Groups]:
    answered = np.flatnonzero(keys.answer)
    return {
        Kind.EXACT: group_equal(contents, rows),
        Kind.NORMALISED: group_equal(keys.whole, rows, contents),
        Kind.NEAR: group_equal(keys.near, rows, keys.whole),
        Kind.CONTRADICTORY: group_equal(
            keys.prompt[answered], rows[answered], keys.answer[answered]
        ),
    }


def _hash(text: str) -> int:
    return content_hash(text.encode())

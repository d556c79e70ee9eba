"""What all prompts and completions of a set have in common, in constant memory.

    pairs = survey_pairs(path, max_line_bytes)         # one pass over the file
    pairs.prompts.suffix, pairs.prompts.suggestion     # the common end, or one that stands nowhere
    find_odd_rows(path, max_line_bytes, pairs)         # rows that are not like the others

Ends are cut at COMMON_LETTERS. Empty texts are left out: they have neither begin nor end.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from app.datasets.lines import read_lines

COMMON_LETTERS = 200
COUNTED_LETTERS = 1 << 16
MOST_SHARE = 0.5
MIN_CAPITALS_SHARE = 0.2
ARROW = " ->"
SEPARATORS = (
    ARROW, "\n\n###\n\n", "\n\n===\n\n", "\n\n---\n\n", "\n\n===>\n\n", "\n\n--->\n\n",
)  # fmt: skip
LAST_SEPARATOR = "\n\n### =>\n\n"
END_MARKERS = ("\n", ".", " END", "***", "+++", "&&&", "$$$", "@@@", "%%%")
LAST_END_MARKER = " [END]"
ENDS_OF_SENTENCES = frozenset({"\n", "."})
CAPITALS = bytes(range(ord("A"), ord("Z") + 1))
SMALL_LETTERS = bytes(range(ord("a"), ord("z") + 1))
CAPITAL, SMALL = 1, 2


class Cases(NamedTuple):
    """How many capital and small letters there are among all characters."""

    capitals: int
    small_letters: int
    characters: int

    @property
    def are_mostly_capitals(self) -> bool:
        """Scripts without case are left out: an abbreviation among Korean is no shouting."""
        return (
            self.capitals * 2 > self.small_letters
            and self.capitals > MIN_CAPITALS_SHARE * self.characters
        )

    def plus(self, other: "Cases") -> "Cases":
        return Cases(*(mine + its for mine, its in zip(self, other, strict=True)))


NO_LETTERS = Cases(0, 0, 0)


class Pair(NamedTuple):
    row: int
    prompt: str
    completion: str


@dataclass(slots=True)
class Side:
    """All prompts, or all completions. `free` are the candidates that stand in none of them."""

    candidates: tuple[str, ...]
    last_candidate: str
    free: list[str] = field(init=False)
    count: int = 0
    empty_count: int = 0
    prefix: str = ""
    suffix: str = ""
    first: str = ""
    is_same: bool = True
    counted: Cases = NO_LETTERS
    waiting: list[str] = field(default_factory=list)
    waiting_letters: int = 0
    endings: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.free = list(self.candidates)

    def add(self, text: str) -> None:
        if not text.strip():
            self.empty_count += 1
            return
        if not self.count:
            self.first, self.prefix, self.suffix = text, text[:COMMON_LETTERS], _end(text)
        self.count += 1
        self._compare(text)
        self.waiting.append(text)
        self.waiting_letters += len(text)
        if self.waiting_letters > COUNTED_LETTERS:
            self._count_cases()
        self.free = [candidate for candidate in self.free if candidate not in text]
        if text.endswith(self.candidates):
            self.endings[max(filter(text.endswith, self.candidates), key=len)] += 1

    def _compare(self, text: str) -> None:
        self.is_same = self.is_same and text == self.first
        if not text.startswith(self.prefix):
            self.prefix = _common_start(self.prefix, text)
        if not text.endswith(self.suffix):
            self.suffix = _common_start(self.suffix[::-1], _end(text)[::-1])[::-1]

    def _count_cases(self) -> None:
        """Many texts at once: a call costs more than the letters of one."""
        self.counted = self.counted.plus(count_cases("".join(self.waiting)))
        self.waiting, self.waiting_letters = [], 0

    @property
    def cases(self) -> Cases:
        self._count_cases()
        return self.counted

    @property
    def suggestion(self) -> str:
        """An end that stands in none of the texts."""
        return self.free[0] if self.free else self.last_candidate

    @property
    def usual_end(self) -> str:
        """The mark that most texts end with where not all of them do; "" for none."""
        end, count = max(self.endings.items(), key=lambda pair: pair[1], default=("", 0))
        is_mark = not self.suffix and end not in ENDS_OF_SENTENCES
        return end if is_mark and count > MOST_SHARE * self.count else ""

    def to_dict(self) -> dict[str, Any]:
        """What a report is made of."""
        return {
            "count": self.count,
            "empty_count": self.empty_count,
            "prefix": self.prefix,
            "suffix": self.suffix,
            "is_same": self.is_same,
            "usual_end": self.usual_end,
            "suggestion": self.suggestion,
        }


@dataclass(slots=True)
class Pairs:
    """A classification has fewer different completions than a third of its rows."""

    prompts: Side = field(default_factory=lambda: Side(SEPARATORS, LAST_SEPARATOR))
    completions: Side = field(default_factory=lambda: Side(END_MARKERS, LAST_END_MARKER))
    prompts_have_lines: bool = False
    is_classification: bool = False

    def add(self, pair: Pair) -> None:
        self.prompts.add(pair.prompt)
        self.completions.add(pair.completion)
        if not self.prompts_have_lines and "\n" in pair.prompt:
            self.prompts_have_lines = True
            self.prompts.free = [each for each in self.prompts.free if each != ARROW]

    def to_dict(self) -> dict[str, Any]:
        return {
            "prompts": self.prompts.to_dict(),
            "completions": self.completions.to_dict(),
            "is_classification": self.is_classification,
        }


@dataclass(frozen=True, slots=True)
class OddRows:
    """Row numbers of one side, in order."""

    capitals: NDArray[np.int64]
    other_end: NDArray[np.int64]
    end_inside: NDArray[np.int64]


def survey_pairs(path: Path, max_line_bytes: int) -> Pairs:
    pairs = Pairs()
    for pair in _read(path, max_line_bytes):
        pairs.add(pair)
    return pairs


def find_odd_rows(path: Path, max_line_bytes: int, pairs: Pairs) -> Mapping[str, OddRows]:
    """By side, `prompt` and `completion`: what can be said of a row once all have been seen."""
    sides = {
        "prompt": _Odd(pairs.prompts),
        "completion": _Odd(pairs.completions, has_end=not pairs.is_classification),
    }
    if any(odd.is_wanted for odd in sides.values()):
        for pair in _read(path, max_line_bytes):
            sides["prompt"].look(pair.row, pair.prompt)
            sides["completion"].look(pair.row, pair.completion)
    return {name: odd.rows() for name, odd in sides.items()}


class _Odd:
    def __init__(self, side: Side, *, has_end: bool = True) -> None:
        self._is_shouting = side.cases.are_mostly_capitals
        self._usual_end = side.usual_end if has_end else ""
        self._end = side.suffix if has_end and not side.is_same else ""
        self._found = (array("q"), array("q"), array("q"))

    @property
    def is_wanted(self) -> bool:
        return bool(self._is_shouting or self._usual_end or self._end)

    def look(self, row: int, text: str) -> None:
        if not text.strip():
            return
        capitals, other_end, end_inside = self._found
        if self._is_shouting and count_cases(text).are_mostly_capitals:
            capitals.append(row)
        if self._usual_end and not text.endswith(self._usual_end):
            other_end.append(row)
        if self._end and self._end in text[: -len(self._end)]:
            end_inside.append(row)

    def rows(self) -> OddRows:
        return OddRows(*(np.array(rows, np.int64) for rows in self._found))


def count_cases(text: str) -> Cases:
    """Of any script that has them."""
    if text.isascii():
        raw = text.encode()
        capitals = len(raw) - len(raw.translate(None, CAPITALS))
        return Cases(capitals, len(raw) - len(raw.translate(None, SMALL_LETTERS)), len(raw))
    kinds = _kinds()[np.frombuffer(text.encode("utf-16-le"), "<u2")]
    capitals, small_letters = (int(np.count_nonzero(kinds == kind)) for kind in (CAPITAL, SMALL))
    return Cases(capitals, small_letters, len(text))


@cache
def _kinds() -> NDArray[np.uint8]:
    """Of the first 65,536 characters; the rest count as letters without case."""
    letters = map(chr, range(1 << 16))
    return np.array([c.isupper() * CAPITAL + c.islower() * SMALL for c in letters], np.uint8)


def _common_start(one: str, other: str) -> str:
    letters = zip(one, other, strict=False)
    length = next((at for at, (a, b) in enumerate(letters) if a != b), min(len(one), len(other)))
    return one[:length]


def _end(text: str) -> str:
    return text[-COMMON_LETTERS:]


def _read(path: Path, max_line_bytes: int) -> Iterator[Pair]:
    """Pairs of two texts, with the number of their row."""
    with path.open("rb", buffering=1 << 20) as stream:
        for row, line in enumerate(read_lines(stream, max_line_bytes)):
            value = _parse(line.text) if line.text else None
            if isinstance(value, dict):
                prompt, completion = value.get("prompt"), value.get("completion")
                if isinstance(prompt, str) and isinstance(completion, str):
                    yield Pair(row, prompt, completion)


def _parse(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None

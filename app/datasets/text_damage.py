"""What conversions, editors and copying do to texts: wrong encodings, letters in parts, marks.

list(find_damage("안녕하ㅅ요"))        # [BROKEN_JAMO]
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from app.datasets.letters import Counts, Kind, census
from app.datasets.mojibake import find_mojibake
from app.datasets.rules import Rule
from app.datasets.rules_texts import (
    BROKEN_JAMO,
    FULL_WIDTH,
    INVISIBLE_CHARACTER,
    MOJIBAKE,
    NOT_COMPOSED,
    REPLACEMENT_CHARACTER,
)

# ㅋㅋ, ㅎㅎ, ㅠㅠ and single consonants alone are how people write; what is broken is a consonant
# before its vowel, one between two syllables, or a vowel after a syllable that is not drawn out.
_APART = re.compile("[ㄱ-ㅎ][ㅏ-ㅘㅙㅚㅛㅝ-ㅟㅢㅣ]|[가-힣][ㄱ-ㅊㅌㅍ](?=[가-힣])")
_SINGLE_VOWEL = re.compile("([가-힣])([ㅏ-ㅖㅘ-ㅛㅝ-ㅟㅢㅣ])(?![ㅏ-ㅣ])")
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_DRAWN_OUT = {
    "ㅑ": "ㅏ", "ㅒ": "ㅐ", "ㅕ": "ㅓ", "ㅖ": "ㅔ", "ㅛ": "ㅗ", "ㅘ": "ㅏ", "ㅙ": "ㅐ", "ㅝ": "ㅓ",
    "ㅞ": "ㅔ", "ㅟ": "ㅣ", "ㅢ": "ㅣ",
}  # fmt: skip
_OLD_KOREAN = re.compile("[\u1113-\u115e\u1176-\u11a7\u11c3-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")
_CONJOINING = re.compile("[\u1100-\u11ff]")
_PART = re.compile("[\u0300-\u036f\u1100-\u11ff\u3099\u309a]")
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")

_MARKS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\u3164\ufeff\uffa0\U000e0001-\U000e007f]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINS = re.compile("[\u0600-\u0dff\u200d\ufe0f\U0001f3fb-\U0001f3ff]")
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
_FLAG = "\U0001f3f4"


class Damage(NamedTuple):
    """`start` is the first place of it."""

    rule: Rule
    start: int


def find_damage(text: str, counts: Counts | None = None) -> Iterator[Damage]:
    """`counts` is the census of the text, if it is there already."""
    for rule, start in _find_starts(text, census(text) if counts is None else counts):
        if start is not None:
            yield Damage(rule, start)


def _find_starts(text: str, counts: Counts) -> Iterator[tuple[Rule, int | None]]:
    yield MOJIBAKE, find_mojibake(text, counts)
    if counts[Kind.REPLACEMENT]:
        yield REPLACEMENT_CHARACTER, text.find("\ufffd")
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        yield NOT_COMPOSED, _start(_PART.search(text)) or 0
    if counts[Kind.JAMO]:
        yield BROKEN_JAMO, _find_broken_word(text)
    if counts[Kind.CONJOINING]:
        yield BROKEN_JAMO, _find_lone_part(text)
    if counts[Kind.WIDE] and (counts[Kind.LATIN] or counts[Kind.DIGIT]):
        yield FULL_WIDTH, _start(_WIDE.search(text))
    if counts[Kind.INVISIBLE]:
        marks = (match.start() for match in _MARKS.finditer(text))
        yield INVISIBLE_CHARACTER, next((p for p in marks if not _belongs(text, p)), None)


def _start(match: re.Match[str] | None) -> int | None:
    return None if match is None else match.start()


def _find_broken_word(text: str) -> int | None:
    vowels = (m for m in _SINGLE_VOWEL.finditer(text) if not _is_drawn_out(*m.groups()))
    return _start(_APART.search(text) or next(vowels, None))


def _is_drawn_out(syllable: str, vowel: str) -> bool:
    """네ㅔ and 야ㅏ repeat the sound of an open syllable."""
    number, final = divmod(ord(syllable) - ord("가"), 28)
    own = _VOWELS[number % 21]
    return final == 0 and vowel in (own, _DRAWN_OUT.get(own))


def _find_lone_part(text: str) -> int | None:
    """Parts that compose to no syllable; those of old Korean never do."""
    composed = unicodedata.normalize("NFC", text)
    if _OLD_KOREAN.search(composed) or not _CONJOINING.search(composed):
        return None
    return _start(_CONJOINING.search(text))


def _belongs(text: str, place: int) -> bool:
    """Emoji are joined and flags tagged; scripts from right to left need their marks."""
    mark, before = text[place], text[place - 1 : place]
    if mark in "\u200c\u200d":
        return bool(_JOINS.match(before)) or unicodedata.category(before or " ") == "So"
    if mark in _DIRECTIONS:
        return _RIGHT_TO_LEFT.search(text) is not None
    if mark >= "\U000e0000":
        return _FLAG in text[max(0, place - 8) : place]
    return mark in "\u115f\u1160" and _OLD_KOREAN.search(text) is not None

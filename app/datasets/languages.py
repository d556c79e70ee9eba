"""In which language a text is written, as far as its script tells.

language_of(census(find_prose("안녕하세요. Hello!")))       # Language.KOREAN
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from app.core.text import N_
from app.datasets.letters import Counts, Kind

DENSE = 2.5  # Latin letters for what one syllable or ideograph says
LEAST_LETTERS = 2
MAIN_SHARE = 0.6
KANA_SHARE = 0.1

_CODE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|[\w.%+-]{1,64}@[\w.-]+", re.DOTALL | re.ASCII
)


class Language(StrEnum):
    """By script: all that is written in Latin letters counts as one."""

    KOREAN = "korean"
    LATIN = "latin"
    JAPANESE = "japanese"
    CHINESE = "chinese"
    OTHER = "other"
    MIXED = "mixed"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Language.KOREAN: N_("Korean"),
    Language.LATIN: N_("English and others in Latin letters"),
    Language.JAPANESE: N_("Japanese"),
    Language.CHINESE: N_("Chinese"),
    Language.OTHER: N_("Other scripts"),
    Language.MIXED: N_("Mixed"),
}


def find_prose(text: str) -> str:
    """Without code and addresses, which are in Latin letters in every language."""
    return _CODE.sub(" ", text) if any(mark in text for mark in ("`", "://", "@")) else text


class Scripts(NamedTuple):
    """How many letters of each."""

    hangul: int = 0
    kana: int = 0
    han: int = 0
    latin: int = 0
    foreign: int = 0

    @property
    def weight(self) -> float:
        """How much is said, in Latin letters."""
        return DENSE * (self.hangul + self.kana + self.han) + self.latin + self.foreign


def scripts_of(counts: Counts) -> Scripts:
    return Scripts(
        hangul=counts[Kind.HANGUL] + counts[Kind.RARE] + counts[Kind.CONJOINING],
        kana=counts[Kind.KANA],
        han=counts[Kind.HAN],
        latin=counts[Kind.LATIN] + counts[Kind.HIGH] + counts[Kind.WIDE],
        foreign=counts[Kind.FOREIGN],
    )


def add_scripts(every: Iterable[Scripts]) -> Scripts:
    return Scripts(*map(sum, zip(Scripts(), *every, strict=True)))


def language_of(scripts: Scripts) -> Language | None:
    """None where there are no letters; a few foreign words do not make a text mixed."""
    if scripts.weight < LEAST_LETTERS:
        return None
    weights = _weigh(scripts)
    language = max(weights, key=weights.__getitem__)
    return language if weights[language] >= MAIN_SHARE * scripts.weight else Language.MIXED


def _weigh(scripts: Scripts) -> dict[Language, float]:
    """Ideographs go with the Korean or Japanese around them."""
    hangul, kana, han, latin, foreign = scripts
    weights = {Language.LATIN: float(latin), Language.OTHER: float(foreign)}
    if kana > hangul and kana >= KANA_SHARE * (kana + han):
        weights |= {Language.JAPANESE: DENSE * (kana + han), Language.KOREAN: DENSE * hangul}
    elif hangul:
        weights |= {Language.KOREAN: DENSE * (hangul + han), Language.JAPANESE: DENSE * kana}
    else:
        weights |= {Language.CHINESE: DENSE * han, Language.JAPANESE: DENSE * kana}
    return weights

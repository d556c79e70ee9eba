"""At which level Korean is spoken: 합쇼체, 해요체, 해체 (반말) or the 해라체 of writing.

    speech_level("네, 확인했습니다. 잠시만 기다려 주세요.")     # SpeechLevel.FORMAL

Told by how sentences end. That is a good guess for many answers, not the truth for each of them.
"""

import re
from collections import Counter
from enum import StrEnum

from app.core.text import N_

MOST_LETTERS = 20_000
LONGEST_ENDING = 8
MIXED_SHARE = 1 / 3


class SpeechLevel(StrEnum):
    FORMAL = "formal"
    POLITE = "polite"
    PLAIN = "plain"
    CASUAL = "casual"
    MIXED = "mixed"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def family(self) -> str:
        """존댓말 is one whether formal or polite."""
        return "respectful" if self in RESPECTFUL else self.value


RESPECTFUL = (SpeechLevel.FORMAL, SpeechLevel.POLITE)
_LABELS = {
    SpeechLevel.FORMAL: N_("Formal (합쇼체, 합니다)"),
    SpeechLevel.POLITE: N_("Polite (해요체, 해요)"),
    SpeechLevel.PLAIN: N_("Written (문어체, 한다)"),
    SpeechLevel.CASUAL: N_("Casual (반말, 해)"),
    SpeechLevel.MIXED: N_("Mixed within an answer"),
}

_SENTENCE = re.compile(r"[^.!?…。~\n]+")
_TAIL = re.compile(r"[^가-힣]+$")
_NOT_SPOKEN = re.compile(r"```.*?(?:```|\Z)|[“‘「『\"'][^”’」』\"'\n]{0,200}[”’」』\"']", re.DOTALL)

_FINAL_B, _FINALS = 17, 28
_POLITE = re.compile("(?:요|죠)$")
_POLITE_NOUNS = re.compile(
    "(?:^| )(?:필요|중요|수요|주요|개요|소요|동요|강요|민요|고요|긴요|[가-힣]*불필요|효요|요)$"
)
_PLAIN = re.compile("다$")
_PLAIN_NOUNS = re.compile("(?:^| )(?:바다|판다|소다|수다|[가-힣]*마다|[가-힣]+보다|다)$")
_SS = "".join(chr(code) for code in range(ord("가") + 20, ord("힣") + 1, _FINALS))  # 했, 었, 있 …
_CASUAL = re.compile(
    f"(?:[{_SS}없같][어네지냐니]|하[냐니지]|뭐니|이지|아니지|되지|맞지|좋지|알지|같아|많아|좋아|싫어|않아"
    "|잖아|거야|거지|거든|이야|아니야|맞아|괜찮아|알아|몰라|싶어|못해|안 해|해 ?줘|해 ?봐"
    "|안 돼|하면 돼|[할을갈볼줄될]게|[할갈볼줄]까|하자|가자|보자|먹자|구나|더라|라고|[는은한인]데"
    "|(?:^| )(?:응|그래|아니|좋아|미안해|고마워))$"
)
_CASUAL_HAERA = re.compile("(?:해라|하라|어라|아라|렴|려무나)$")


def speech_level(text: str) -> SpeechLevel | None:
    """Of most of its sentences; None where no sentence ends in a way that tells."""
    spoken = _NOT_SPOKEN.sub(" ", text[:MOST_LETTERS])
    levels = Counter(
        level for match in _SENTENCE.finditer(spoken) if (level := _level_of(match[0]))
    )
    if not levels:
        return None
    respectful = sum(levels[level] for level in RESPECTFUL)
    others = levels.total() - respectful
    if min(respectful, others) >= MIXED_SHARE * levels.total():
        return SpeechLevel.MIXED
    return levels.most_common(1)[0][0]


def _level_of(sentence: str) -> SpeechLevel | None:
    """What is one word without an end of its own is a label or a heading, not a sentence."""
    words = _TAIL.sub("", sentence).strip()
    if len(words) < 2:
        return None
    if _is_formal(words):
        return SpeechLevel.FORMAL
    if _POLITE.search(words):
        return None if _POLITE_NOUNS.search(words) else SpeechLevel.POLITE
    if _PLAIN.search(words):
        return None if _PLAIN_NOUNS.search(words) else SpeechLevel.PLAIN
    end = words[-LONGEST_ENDING:]
    is_casual = _CASUAL.search(end) or _CASUAL_HAERA.search(end)
    return SpeechLevel.CASUAL if is_casual else None


def _is_formal(words: str) -> bool:
    """합니다, 합니까: the syllable before has the final ㅂ; and 하십시오."""
    if words.endswith(("십시오", "십시요")):
        return True
    return (
        words.endswith(("니다", "니까"))
        and len(words) > 2
        and "가" <= words[-3] <= "힣"
        and (ord(words[-3]) - ord("가")) % _FINALS == _FINAL_B
    )

"""How many letters of each kind a text holds, counted without a loop over its letters.

    census("안녕 hello")[Kind.HANGUL]        # 2

Everything that looks for damage or tells languages asks the census first, so that a text without
a trace of something costs nothing more.
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

CHUNK_LETTERS = 1 << 15

Counts = Sequence[int]


class Kind(IntEnum):
    """`RARE` are the syllables beyond the 2,350 of KS X 1001; `HIGH` the Latin letters from Â to ô
    that UTF-8 begins with when it is read as Latin-1; `WIDE` full-width letters and digits.
    """

    OTHER = 0
    LATIN = 1
    HIGH = 2
    DIGIT = 3
    HANGUL = 4
    RARE = 5
    KANA = 6
    HAN = 7
    FOREIGN = 8
    JAMO = 9
    CONJOINING = 10
    WIDE = 11
    INVISIBLE = 12
    REPLACEMENT = 13


_RANGES = (
    (Kind.LATIN, 0x41, 0x5A), (Kind.LATIN, 0x61, 0x7A), (Kind.LATIN, 0x100, 0x24F),
    (Kind.LATIN, 0x1E00, 0x1EFF), (Kind.LATIN, 0xC0, 0xFF), (Kind.HIGH, 0xC2, 0xF4),
    (Kind.DIGIT, 0x30, 0x39), (Kind.FOREIGN, 0x370, 0x10FF), (Kind.FOREIGN, 0x1200, 0x1DFF),
    (Kind.RARE, 0xAC00, 0xD7A3), (Kind.KANA, 0x3041, 0x30FF), (Kind.KANA, 0x31F0, 0x31FF),
    (Kind.KANA, 0xFF66, 0xFF9D), (Kind.HAN, 0x3400, 0x4DBF), (Kind.HAN, 0x4E00, 0x9FFF),
    (Kind.HAN, 0xF900, 0xFAFF), (Kind.JAMO, 0x3131, 0x318E), (Kind.CONJOINING, 0x1100, 0x11FF),
    (Kind.CONJOINING, 0xA960, 0xA97C), (Kind.CONJOINING, 0xD7B0, 0xD7FB),
    (Kind.WIDE, 0xFF10, 0xFF19), (Kind.WIDE, 0xFF21, 0xFF3A), (Kind.WIDE, 0xFF41, 0xFF5A),
    (Kind.INVISIBLE, 0x00, 0x08), (Kind.INVISIBLE, 0x0B, 0x0C), (Kind.INVISIBLE, 0x0E, 0x1F),
    (Kind.INVISIBLE, 0x7F, 0x7F), (Kind.INVISIBLE, 0xAD, 0xAD), (Kind.INVISIBLE, 0x115F, 0x1160),
    (Kind.INVISIBLE, 0x180E, 0x180E), (Kind.INVISIBLE, 0x200B, 0x200F),
    (Kind.INVISIBLE, 0x2028, 0x202E), (Kind.INVISIBLE, 0x2060, 0x2069),
    (Kind.INVISIBLE, 0x3164, 0x3164), (Kind.INVISIBLE, 0xFEFF, 0xFEFF),
    (Kind.INVISIBLE, 0xFFA0, 0xFFA0), (Kind.INVISIBLE, 0xDB40, 0xDB40),
    (Kind.REPLACEMENT, 0xFFFD, 0xFFFD),
)  # fmt: skip


def _build_table() -> NDArray[np.uint8]:
    """By UTF-16 unit; the first half of the tags beyond the plane counts as invisible."""
    table = np.zeros(1 << 16, np.uint8)
    for kind, first, last in _RANGES:
        table[first : last + 1] = kind
    rows = (bytes((lead, trail)) for lead in range(0xB0, 0xC9) for trail in range(0xA1, 0xFF))
    usual = b"".join(rows).decode("euc_kr")
    table[np.frombuffer(usual.encode("utf-16-le"), "<u2")] = Kind.HANGUL
    return table


_TABLE = _build_table()


def census(text: str) -> Counts:
    """Counts by Kind; of a letter beyond the basic plane both halves are OTHER."""
    if len(text) <= CHUNK_LETTERS:
        return _count(text)
    chunks = range(0, len(text), CHUNK_LETTERS)
    every = [_count(text[start : start + CHUNK_LETTERS]) for start in chunks]
    return [sum(counts) for counts in zip(*every, strict=True)]


def _count(text: str) -> list[int]:
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
    counts: list[int] = np.bincount(_TABLE[units], minlength=len(Kind)).tolist()
    return counts

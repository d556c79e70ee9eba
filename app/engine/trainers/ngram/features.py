"""Text as hashed features: character n-grams for any language, words for sense.

A feature is a bucket number below BUCKETS. Prompts give a set of weighted features; every place
in an answer gives CONTEXT_WIDTH features of the tokens before it.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.rows import Turn

BUCKETS = 1 << 18
CONTEXT_WIDTH = 5
READ_CHARS = 4000
EARLIER_TURNS = 4
LAST_POSITION = 12
CHAR_SIZES = (2, 3, 4)
MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)
WORD = re.compile(r"\w+|[^\w\s]")

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Features:
    buckets: NDArray[np.int32]
    values: NDArray[np.float32]


def prompt_features(prompt: Sequence[Turn]) -> Features:
    """The last turn by characters and words; system text and earlier turns by words only."""
    groups = [(_text_hashes(prompt[-1].text, 1), 1.0)] if prompt else []
    before = prompt[:-1]
    instructions = [turn.text for turn in before if turn.role in ("system", "developer")]
    said = [turn.text for turn in before if turn.role not in ("system", "developer")]
    groups.append((_word_hashes(" ".join(instructions), 2), 0.5))
    groups.append((_word_hashes(" ".join(said[-EARLIER_TURNS:]), 3), 0.5))
    parts = [_weighted(hashes, weight) for hashes, weight in groups if len(hashes)]
    if not parts:
        return Features(np.empty(0, np.int32), np.empty(0, np.float32))
    buckets, values = zip(*parts, strict=True)
    return Features(np.concatenate(buckets), np.concatenate(values))


def prompt_key(prompt: Sequence[Turn]) -> int:
    """One number for the whole prompt: lets a text be learnt by heart."""
    return zlib.crc32(
        "\x1e".join(f"{turn.role}\x1f{turn.text}" for turn in prompt).encode("utf-8", "replace")
    )


def context_features(tokens: NDArray[np.int64], key: int) -> NDArray[np.int32]:
    """For each place 0..len(tokens): position, last one, two and three tokens, and last two with
    the prompt. Shape (len(tokens) + 1, CONTEXT_WIDTH)."""
    padded = np.concatenate((np.full(3, -7, np.int64), tokens)).astype(np.uint64)
    count = len(tokens) + 1
    last, second, third = (padded[3 - back : 3 - back + count] for back in (1, 2, 3))
    place = np.minimum(np.arange(count), LAST_POSITION).astype(np.uint64)
    pair = _mix(last, second)
    columns = (
        _mix(place, np.uint64(101)),
        _mix(last, np.uint64(102)),
        _mix(pair, np.uint64(103)),
        _mix(_mix(pair, third), np.uint64(104)),
        _mix(_mix(pair, place), np.uint64(key)),
    )
    return np.stack([_bucket(column) for column in columns], axis=1)


def _weighted(hashes: Hashes, weight: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    buckets = np.unique(_bucket(hashes))
    return buckets, np.full(len(buckets), weight / np.sqrt(len(buckets)), np.float32)


def _text_hashes(text: str, space: int) -> Hashes:
    normal = _normal(text)
    return np.concatenate((_char_hashes(normal, space), _word_hashes(normal, space)))


def _char_hashes(text: str, space: int) -> Hashes:
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    grown, found = points, []
    for size in range(2, max(CHAR_SIZES) + 1):
        if len(points) < size:
            break
        grown = _mix(grown[:-1], points[size - 1 :])
        found.append(_mix(grown, np.uint64(space * 16 + size)))
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def _word_hashes(text: str, space: int) -> Hashes:
    words = WORD.findall(_normal(text))
    codes = [zlib.crc32(word.encode("utf-8", "replace")) for word in words]
    single = np.array(codes, np.uint64)
    pairs = _mix(single[:-1], single[1:])
    return np.concatenate(
        (_mix(single, np.uint64(space * 16)), _mix(pairs, np.uint64(space * 16 + 1)))
    )


def _normal(text: str) -> str:
    if len(text) > READ_CHARS:
        half = READ_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    return unicodedata.normalize("NFKC", text).casefold()


def _mix(first: Hashes, second: Hashes | np.uint64) -> Hashes:
    with np.errstate(over="ignore"):
        mixed = (first ^ (second * MIX)) * MIX
    return mixed ^ (mixed >> SHIFT)


def _bucket(hashes: Hashes) -> NDArray[np.int32]:
    return ((hashes ^ (hashes >> np.uint64(32))) % np.uint64(BUCKETS)).astype(np.int32)

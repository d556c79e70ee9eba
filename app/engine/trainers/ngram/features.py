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

from app.engine.examples import TOOLS, Turn

BUCKETS = 1 << 18
CONTEXT_WIDTH = 5
READ_CHARS = 4000
EARLIER_TURNS = 4
INSTRUCTIONS = ("system", "developer")
BESIDE = (*INSTRUCTIONS, TOOLS)
LAST_POSITION = np.uint64(12)
LONGEST_CHARS = 3
BEFORE = np.full(3, -7, np.int64)
MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)
HALF = np.uint64(32)
LOW_BITS = np.uint64(BUCKETS - 1)
WORD = re.compile(r"\w+|[^\w\s]")

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Features:
    buckets: NDArray[np.int32]
    values: NDArray[np.float32]


def prompt_features(prompt: Sequence[Turn]) -> Features:
    """The last turn by characters and words; what stands before it by words only."""
    said = [turn.text for turn in prompt if turn.role not in BESIDE]
    groups = [(_text_hashes(said[-1], 1), 1.0)] if said else []
    groups.append((_word_hashes(_texts(prompt, INSTRUCTIONS), 2), 0.5))
    groups.append((_word_hashes(" ".join(said[-1 - EARLIER_TURNS : -1]), 3), 0.5))
    groups.append((_word_hashes(_texts(prompt, (TOOLS,)), 4), 0.5))
    parts = [_weighted(hashes, weight) for hashes, weight in groups if len(hashes)]
    if not parts:
        return Features(np.empty(0, np.int32), np.empty(0, np.float32))
    buckets, values = zip(*parts, strict=True)
    return Features(np.concatenate(buckets), np.concatenate(values))


def _texts(prompt: Sequence[Turn], roles: Sequence[str]) -> str:
    return " ".join(turn.text for turn in prompt if turn.role in roles)


def prompt_key(prompt: Sequence[Turn]) -> int:
    """One number for the whole prompt: lets a text be learnt by heart."""
    return zlib.crc32(
        "\x1e".join(f"{turn.role}\x1f{turn.text}" for turn in prompt).encode("utf-8", "replace")
    )


def context_features(tokens: NDArray[np.int64], key: int) -> NDArray[np.int32]:
    """For each place 0..len(tokens): position, last one, two and three tokens, and last two with
    the prompt. Shape (len(tokens) + 1, CONTEXT_WIDTH).

    The first token knows the prompt by its features only: it is what a label is told by, and
    would else be learnt by heart at once instead of from what rows have in common.
    """
    padded = np.concatenate((BEFORE, tokens)).astype(np.uint64)
    count = len(tokens) + 1
    last, second, third = (padded[3 - back : 3 - back + count] for back in (1, 2, 3))
    place = np.minimum(np.arange(count, dtype=np.uint64), LAST_POSITION)
    pair = _mix(last, second)
    columns = np.stack((place, last, pair, _mix(pair, third), _mix(pair, place)))
    salts = np.repeat(np.array((101, 102, 103, 104, key), np.uint64)[:, None], count, axis=1)
    salts[-1, 0] = 105
    return np.ascontiguousarray(_bucket(_mix(columns, salts)).T)


def _weighted(hashes: Hashes, weight: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    buckets = np.unique(_bucket(hashes))
    return buckets, np.full(len(buckets), weight / np.sqrt(len(buckets)), np.float32)


def _text_hashes(text: str, space: int) -> Hashes:
    return np.concatenate((_char_hashes(_normal(text), space), _word_hashes(text, space)))


def _char_hashes(text: str, space: int) -> Hashes:
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    grown, found = points, [points + np.uint64(space * 16 + 1)]
    for size in range(2, LONGEST_CHARS + 1):
        grown = _mix(grown[:-1], points[size - 1 :])
        found.append(grown + np.uint64(space * 16 + size))
    return np.concatenate(found)


def _word_hashes(text: str, space: int) -> Hashes:
    words = WORD.findall(_normal(text))
    single = np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in words], np.uint64)
    return _mix(
        np.concatenate((single, _mix(single[:-1], single[1:]))), np.array([space], np.uint64)
    )


def _normal(text: str) -> str:
    if len(text) > READ_CHARS:
        half = READ_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    return unicodedata.normalize("NFKC", text).casefold()


def _mix(first: Hashes, second: Hashes) -> Hashes:
    """Arrays only: their products wrap around silently."""
    mixed = (first ^ (second * MIX)) * MIX
    return mixed ^ (mixed >> SHIFT)


def _bucket(hashes: Hashes) -> NDArray[np.int32]:
    return ((hashes ^ (hashes >> HALF)) & LOW_BITS).astype(np.int32)

"""Exact token counts, offline.

    encoding = get_encoding("o200k_base")
    encoding.count("hello"), encoding.encode("hello"), encoding.decode([24912])

tiktoken is the truth. quicktok gives the same ids several times faster; it is used after it has
shown at the start that its ids of many difficult strings are tiktoken's. Those are kept as a
digest, which a test compares with tiktoken itself: both tables together would hold 180 MB.
The two know letters of different years: texts with characters that Unicode 17 added are tiktoken's.
Text of special tokens is always ordinary text here.
"""

import hashlib
import re
import threading
from base64 import b64decode
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tiktoken
from numpy.typing import NDArray
from tiktoken_ext import openai_public

from app.datasets.families import find_family

try:
    import quicktok
except ImportError:  # no wheel for this Python
    quicktok = None

RANKS_DIR = Path(__file__).parent / "ranks"
RANKS_SHA256 = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
}
TIKTOKEN_DIGESTS = {
    "cl100k_base": "da5a0b26944159690bdc5d21bc22add85abdf67f6dd50c1618cd2254fff1e95d",
    "o200k_base": "e1a58f86e10d47b4818ca99d165cb7bfb89d5f82bf895246d2afd86833b7cb12",
}
PIECE_LENGTH = 131_072
# Unassigned until Unicode 17: letters, digits and marks to quicktok 0.4, not to tiktoken 0.14.
NEWER_RANGES = (
    (0x88F, 0x88F), (0xC5C, 0xC5C), (0xCDC, 0xCDC), (0x1ACF, 0x1ADD), (0x1AE0, 0x1AEB),
    (0xA7CE, 0xA7CF), (0xA7D2, 0xA7D2), (0xA7D4, 0xA7D4), (0xA7F1, 0xA7F1), (0x10940, 0x10959),
    (0x10EC5, 0x10EC7), (0x10EFA, 0x10EFB), (0x11B60, 0x11B67), (0x11DB0, 0x11DDB),
    (0x11DE0, 0x11DE9), (0x16EA0, 0x16EB8), (0x16EBB, 0x16ED3), (0x16FF2, 0x16FF6),
    (0x187F8, 0x187FF), (0x18D09, 0x18D1E), (0x18D80, 0x18DF2), (0x1E6C0, 0x1E6FF),
    (0x2B73A, 0x2B73F), (0x2CEA2, 0x2CEAD), (0x323B0, 0x33479),
)  # fmt: skip
NEWER = re.compile("".join(["[", *(f"{chr(a)}-{chr(b)}" for a, b in NEWER_RANGES), "]"]))


class EncodingName(StrEnum):
    O200K_BASE = "o200k_base"
    CL100K_BASE = "cl100k_base"


MODEL_FAMILIES = {
    "chatgpt-4o": EncodingName.O200K_BASE,
    "gpt-4o": EncodingName.O200K_BASE,
    "gpt-4.1": EncodingName.O200K_BASE,
    "gpt-4.5": EncodingName.O200K_BASE,
    "gpt-5": EncodingName.O200K_BASE,
    "gpt-oss": EncodingName.O200K_BASE,
    "o1": EncodingName.O200K_BASE,
    "o3": EncodingName.O200K_BASE,
    "o4": EncodingName.O200K_BASE,
    "tiny-chat": EncodingName.O200K_BASE,
    "tiny-completion": EncodingName.O200K_BASE,
    "gpt-4": EncodingName.CL100K_BASE,
    "gpt-3.5": EncodingName.CL100K_BASE,
    "gpt-35": EncodingName.CL100K_BASE,
    "babbage-002": EncodingName.CL100K_BASE,
    "davinci-002": EncodingName.CL100K_BASE,
}


class RanksMissing(OSError):
    """The official rank table is absent or not the one expected."""


class _Engine(Protocol):
    def encode(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...
    def count_many(self, texts: Sequence[str]) -> NDArray[np.int64]: ...


class Encoding:
    """One encoding; safe to use from several threads."""

    def __init__(self, name: str, engine: _Engine) -> None:
        self.name = name
        self._engine = engine

    def encode(self, text: str) -> list[int]:
        return self._engine.encode(_without_surrogates(text))

    def decode(self, ids: Sequence[int]) -> str:
        """Ids that cut a character leave U+FFFD; an id outside the table raises KeyError."""
        return self._engine.decode(ids)

    def count(self, text: str) -> int:
        return int(self.count_many((text,))[0])

    def count_many(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of each text; runs outside the interpreter lock where quicktok is there."""
        try:
            return self._engine.count_many(texts)
        except (TypeError, UnicodeEncodeError):
            return self._engine.count_many([_without_surrogates(text) for text in texts])


class TiktokenEngine:
    def __init__(self, name: str) -> None:
        self._core = load_tiktoken(name)

    def encode(self, text: str) -> list[int]:
        try:
            return self._core.encode(text, disallowed_special=())
        except ValueError:  # its regex gives up on a run of a million blanks
            pieces = (text[at : at + PIECE_LENGTH] for at in range(0, len(text), PIECE_LENGTH))
            return [
                token
                for piece in pieces
                for token in self._core.encode(piece, disallowed_special=())
            ]

    def decode(self, ids: Sequence[int]) -> str:
        return self._core.decode(ids, errors="replace")

    def count_many(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.fromiter((len(self.encode(text)) for text in texts), np.int64, len(texts))


class QuicktokEngine:
    def __init__(self, name: str) -> None:
        self._name = name
        self._core: Any = quicktok.get_encoding(name)

    @cached_property
    def _truth(self) -> TiktokenEngine:
        return TiktokenEngine(self._name)

    def encode(self, text: str) -> list[int]:
        if has_newer_characters(text):
            return self._truth.encode(text)
        return list(self._core.encode_ordinary(text))

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._core.decode(ids, "replace"))

    def count_many(self, texts: Sequence[str]) -> NDArray[np.int64]:
        _, offsets = self._core.encode_batch(texts, 1)
        counts: NDArray[np.int64] = np.diff(offsets)
        if has_newer_characters("".join(texts)):
            for place in (place for place, text in enumerate(texts) if NEWER.search(text)):
                counts[place] = len(self._truth.encode(texts[place]))
        return counts


def has_newer_characters(text: str) -> bool:
    """By the UTF-16 units first: a look into a table says no at a tenth of the pattern's price."""
    if text.isascii():
        return False
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
    return bool(_perhaps_newer()[units].any()) and NEWER.search(text) is not None


@cache
def _perhaps_newer() -> NDArray[np.bool_]:
    """By unit of UTF-16: a newer character, or the first half of one beyond the first plane."""
    table = np.zeros(1 << 16, np.bool_)
    for ends in NEWER_RANGES:
        first, last = (int.from_bytes(chr(end).encode("utf-16-le")[:2], "little") for end in ends)
        table[first : last + 1] = True
    return table


def encoding_for_model(model: str) -> tuple[EncodingName, bool]:
    """The encoding of a model, base or tuned, and whether the model is a known one.

    `ft:gpt-4.1:org::id` counts as gpt-4.1; tiktoken's own lookup would take it for gpt-4.
    """
    family = find_family(model, MODEL_FAMILIES)
    return (MODEL_FAMILIES[family], True) if family else (EncodingName.O200K_BASE, False)


def get_encoding(name: str) -> Encoding:
    """Raises ValueError for a name we do not carry, RanksMissing without its table."""
    encoding_name = EncodingName(name)
    with _loading:
        return _load_encoding(encoding_name)


_loading = threading.Lock()


@cache
def _load_encoding(name: EncodingName) -> Encoding:
    fast = _checked_quicktok(name) if quicktok else None
    return Encoding(name, fast or TiktokenEngine(name))


def _checked_quicktok(name: EncodingName) -> _Engine | None:
    fast = QuicktokEngine(name)
    ids = [fast.encode(text) for text in SELF_CHECK]
    agrees = (
        digest_of_ids(ids) == TIKTOKEN_DIGESTS[name]
        and [fast.decode(row) for row in ids] == list(SELF_CHECK)
        and fast.count_many(SELF_CHECK).tolist() == [len(row) for row in ids]
    )
    return fast if agrees else None


def digest_of_ids(ids: list[list[int]]) -> str:
    return hashlib.sha256(repr(ids).encode()).hexdigest()


def load_tiktoken(name: str) -> tiktoken.Encoding:
    """Pattern and special tokens are tiktoken's own; only its download is replaced."""
    ranks = read_ranks(name)
    download = openai_public.load_tiktoken_bpe
    openai_public.load_tiktoken_bpe = lambda *_args, **_kwargs: ranks
    try:
        return tiktoken.Encoding(**openai_public.ENCODING_CONSTRUCTORS[name]())
    finally:
        openai_public.load_tiktoken_bpe = download


def read_ranks(name: str, folder: Path = RANKS_DIR) -> dict[bytes, int]:
    path = folder / f"{name}.tiktoken"
    if not path.is_file():
        raise RanksMissing(f"{path} is missing: install the package again, its build puts it there")
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != RANKS_SHA256[name]:
        raise RanksMissing(f"{path} is not the official table of {name}")
    pairs = (line.split() for line in raw.splitlines())
    return {b64decode(token): int(rank) for token, rank in pairs}


def _self_check_texts() -> tuple[str, ...]:
    """Every ordered pair of pieces that are known to be split differently by careless code."""
    pieces = (
        "", " ", "  \t", "\r\n\n", "don't", "WE'LL", "Größe", "12345 678", "3.14,", "snake_case=",
        "안녕하세요", "ㅋㅋㅠ", "가\u1100\u1161", "你好世界", "こんにちは", "Привет", "مرحبا",
        "e\u0301", "\U0001f469\u200d\U0001f467", "\u00a0\u3000", "<|endoftext|>",
        "<|im_start|>user", '{"a": [1]}', "x" * 70, "\x00\x7f",
    )  # fmt: skip
    return tuple(first + second for first in pieces for second in pieces)


SELF_CHECK = _self_check_texts()


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

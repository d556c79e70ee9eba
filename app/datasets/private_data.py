"""Secrets and personal data inside a text: where they stand, and the text without them.

    list(find_private("Write to kim@naver.com"))      # [Match(kind=EMAIL, start=9, end=22)]
    mask_private("Write to kim@naver.com")            # "Write to [EMAIL]"

Shapes alone say too much, so numbers are believed only when their date, check digit or issuer
fits, and passwords only when they look like none of the usual stand-ins. Full-width letters and
digits are read as ordinary ones. No text makes it raise.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from app.datasets.private_numbers import find_cards, find_phones, find_resident_numbers
from app.datasets.secret_shapes import find_secrets


class PrivateKind(StrEnum):
    SECRET = "secret"
    EMAIL = "email"
    PHONE = "phone"
    RESIDENT_NUMBER = "resident_number"
    CARD_NUMBER = "card_number"

    @property
    def placeholder(self) -> str:
        return f"[{self.name}]"


class Match(NamedTuple):
    """`text[start:end]` is what should not be read."""

    kind: PrivateKind
    start: int
    end: int


Spans = Iterable[tuple[int, int]]

LONGEST_SECRET = 1_000

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}"
    r"@((?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24})(?![A-Za-z])"
)
_NO_PERSON = ("git@",)
_NO_DOMAINS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".js", ".css")
_LONG_NUMBER = re.compile("[0-9](?:[ .()-]{0,3}[0-9]){8}")
_WIDE = re.compile("[\uff01-\uff5e\u2010-\u2015\u2212\u00a0\u3000]")
_NARROW = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
    | dict.fromkeys([0xA0, 0x3000], " ")
)


def find_private(text: str) -> Iterator[Match]:
    """In order and apart from each other; what overlaps is one match of the first kind."""
    if not text.isascii() and _WIDE.search(text):
        text = text.translate(_NARROW)
    found = [Match(kind, start, end) for kind, spans in _find_spans(text) for start, end in spans]
    return _apart(sorted(found, key=lambda match: (match.start, -match.end)))


def mask_private(text: str) -> str:
    """With a placeholder such as [EMAIL] for each match."""
    pieces, done = [], 0
    for match in find_private(text):
        pieces += [text[done : match.start], match.kind.placeholder]
        done = match.end
    return "".join([*pieces, text[done:]]) if pieces else text


def mask_start(text: str, length: int | None = None) -> str:
    """The first letters of a text, all of them for None; a secret at the end is masked whole."""
    if length is None or len(text) <= length:
        return mask_private(text)
    return mask_private(text[: length + LONGEST_SECRET])[:length]


def _find_spans(text: str) -> Iterator[tuple[PrivateKind, Spans]]:
    yield PrivateKind.SECRET, find_secrets(text)
    if "@" in text:
        yield PrivateKind.EMAIL, _find_emails(text)
    if _LONG_NUMBER.search(text):
        yield PrivateKind.RESIDENT_NUMBER, find_resident_numbers(text)
        yield PrivateKind.CARD_NUMBER, find_cards(text)
        yield PrivateKind.PHONE, find_phones(text)


def _find_emails(text: str) -> Iterator[tuple[int, int]]:
    for match in _EMAIL.finditer(text):
        address = match[0].lower()
        if not address.startswith(_NO_PERSON) and not address.endswith(_NO_DOMAINS):
            yield match.span()


def _apart(matches: list[Match]) -> Iterator[Match]:
    kept: list[Match] = []
    for match in matches:
        if kept and match.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, match.end))
        else:
            kept.append(match)
    return iter(kept)

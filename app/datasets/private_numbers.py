"""Numbers of people: telephones, Korean resident registration, payment cards.

All functions give spans in order, of texts with ordinary digits.
"""

import re
from collections.abc import Iterator
from datetime import date

Span = tuple[int, int]

_RESIDENT = re.compile(
    r"(?<![0-9-])([0-9]{2})([01][0-9])([0-3][0-9]) ?(-?) ?([1-8])([0-9]{6})(?![0-9-])"
)
_RESIDENT_WORDS = ("주민", "외국인등록", "resident")
_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_WORDS_BEFORE = 24
CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}
FIRST_YEAR_WITHOUT_CHECK = 2020  # from October on the digits after the first are drawn by lot

_CARD = re.compile(
    r"(?<![0-9./=_#&-])(?:[0-9]{14,16}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    r"|3[0-9]{3}([ -])[0-9]{6}\2[0-9]{4,5})(?![0-9-])"
)
_ISSUER = re.compile(
    r"(?:4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|6011|64[4-9]|65|35(?:2[89]|[3-8])|62|9)"
    r"[0-9]*$"
)
_SHORT_ISSUER = re.compile(r"3[47][0-9]{13}$|3(?:0[0-5]|[689])[0-9]{11,12}$")

_PHONE = re.compile(
    r"(?<![0-9A-Za-z+.-])(?:"
    r"\+[1-9][0-9]{0,2}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9]{1,5}(?:[ .-]?[0-9]{2,5}){1,4}"
    r"|010[0-9]{8}"
    r"|(?:\(0[1-9][0-9]{0,2}\) ?|0(?:1[016-9]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[0-9])[ .-])"
    r"[0-9]{3,4}[ .-]?[0-9]{4}"
    r"|(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}([.-]))[2-9][0-9]{2}[ .-][0-9]{4}"
    r")(?![0-9A-Za-z]|[.-][0-9])"
)
LEAST_DIGITS, MOST_DIGITS = 9, 15


def find_resident_numbers(text: str) -> Iterator[Span]:
    """Of Koreans and of foreigners; without hyphen only where the check digit fits."""
    for match in _RESIDENT.finditer(text):
        year = CENTURIES[match[5]] + int(match[1])
        if not _is_date(year, int(match[2]), int(match[3])):
            continue
        digits = "".join(match.group(1, 2, 3, 5, 6))
        if _has_check_digit(digits) or (match[4] and _needs_no_check(text, match.start(), year)):
            yield match.span()


def find_cards(text: str) -> Iterator[Span]:
    """Of a length that their issuer gives, with the check digit of Luhn."""
    for match in _CARD.finditer(text):
        digits = re.sub("[ -]", "", match[0])
        issued = _ISSUER.match(digits) if len(digits) == 16 else _SHORT_ISSUER.match(digits)
        if issued and len(set(digits)) > 1 and _is_luhn(digits):
            yield match.span()


def find_phones(text: str) -> Iterator[Span]:
    """With a country code, Korean, or American with separators."""
    for match in _PHONE.finditer(text):
        digits = re.sub("[^0-9]", "", match[0])
        if LEAST_DIGITS <= len(digits) <= MOST_DIGITS and len(set(digits[-8:])) > 1:
            yield match.span()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _has_check_digit(digits: str) -> bool:
    """The one of foreigners is two higher."""
    total = sum(
        weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, digits, strict=False)
    )
    added = 2 if digits[6] in "5678" else 0
    return (11 - total % 11 + added) % 10 == int(digits[12])


def _needs_no_check(text: str, start: int, year: int) -> bool:
    before = text[max(0, start - _WORDS_BEFORE) : start].lower()
    return year >= FIRST_YEAR_WITHOUT_CHECK or any(word in before for word in _RESIDENT_WORDS)


def _is_luhn(digits: str) -> bool:
    odd, even = digits[-1::-2], digits[-2::-2]
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in even)
    return (sum(map(int, odd)) + sum(doubled)) % 10 == 0

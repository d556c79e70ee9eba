"""Cells as text: the value of a column in the type that was chosen for it."""

import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import orjson

from app.core.text import N_
from app.datasets.imports import rows
from app.datasets.imports.rows import LeftOut, Reason

WORDS_FOR_NOTHING = frozenset({"", "nan", "null", "none", "na", "n/a", "#n/a"})
YES = frozenset({"true", "yes", "y", "1", "1.0", "t", "예", "네", "참", "o"})
NO = frozenset({"false", "no", "n", "0", "0.0", "f", "아니요", "아니오", "거짓", "x"})
NUMERIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
WHOLE = re.compile(r"[+-]?\d+(\.0*)?")
LONGEST_NUMBER = 400


class ColumnType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ColumnType.TEXT: N_("Text"),
    ColumnType.NUMBER: N_("Number"),
    ColumnType.INTEGER: N_("Whole number"),
    ColumnType.BOOLEAN: N_("Yes or no"),
}


def is_blank(value: Any) -> bool:
    if type(value) is str:
        return not value or value.isspace()
    return value is None or (type(value) is float and math.isnan(value)) or value in ([], {})


def is_numeric(text: str) -> bool:
    return len(text) <= LONGEST_NUMBER and NUMERIC.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    return len(text) <= LONGEST_NUMBER and WHOLE.fullmatch(text) is not None


def cell_text(value: Any) -> str:
    """As a person would write it: 5.0 is "5", a list is JSON, nothing is ""."""
    if type(value) is str:
        return value
    if is_blank(value):
        return ""
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, bool | dict | list):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def typed_text(value: Any, type_: ColumnType, column: str) -> str:
    """Raises LeftOut where the value is not of the type; blank values stay blank."""
    text = cell_text(value)
    if type_ is ColumnType.TEXT:
        return text
    word = text.strip()
    if word.lower() in WORDS_FOR_NOTHING:
        return ""
    convert, reason = _CONVERSIONS[type_]
    converted = convert(word)
    if converted is None:
        raise LeftOut(reason.about(column=column))
    return converted


def _shortest(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _number(word: str) -> str | None:
    if not is_numeric(word):
        return None
    try:
        number = Decimal(word)
    except InvalidOperation:
        return None
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _integer(word: str) -> str | None:
    return str(int(word.split(".", maxsplit=1)[0])) if is_whole(word) else None


def _boolean(word: str) -> str | None:
    if word.lower() in YES:
        return "true"
    return "false" if word.lower() in NO else None


_CONVERSIONS: dict[ColumnType, tuple[Callable[[str], str | None], Reason]] = {
    ColumnType.NUMBER: (_number, rows.NOT_NUMERIC),
    ColumnType.INTEGER: (_integer, rows.NOT_WHOLE),
    ColumnType.BOOLEAN: (_boolean, rows.NOT_BOOLEAN),
}

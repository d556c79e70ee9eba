"""Readers for answers that are looser than their description: what cannot be read is None."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson

from app.core.clock import from_unix

LARGEST_COUNT = 2**53
LONGEST_WHOLE = 18
MILLISECONDS_FROM = 1e11


def decode_json(body: bytes) -> Any:
    """Parse an answer so that it can be stored anywhere: no NaN, no NUL, no lone surrogates.

    Raises ValueError or RecursionError when it is not JSON, or nested deeper than anybody means.
    """
    text = body.decode("utf-8-sig", "replace")
    value = json.loads(
        text, parse_constant=lambda _word: None, parse_float=_finite, parse_int=_whole
    )
    value = _storable(value) if "\\u" in text else value
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from None
    return value


def _whole(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= LONGEST_WHOLE else _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable_text(value)
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case _:
            return value


def storable_text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def as_mapping(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def as_rows(value: object) -> list[dict[str, Any]]:
    """The mappings in a list; anything else in it is left out."""
    return [as_mapping(item) for item in as_items(value) if isinstance(item, Mapping)]


def as_texts(value: object) -> tuple[str, ...]:
    return tuple(text for item in as_items(value) if (text := as_text(item)))


def as_items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """A text that says something; numbers are written out, an empty text is None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return storable_text(str(value)).strip() or None


def as_number(value: object) -> float | None:
    """A finite number, also when written as text; a boolean is not one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_count(value: object) -> int | None:
    """A whole number that a database column can hold: `120.0` and `"120"` are 120."""
    number = as_number(value)
    return int(number) if number is not None and abs(number) < LARGEST_COUNT else None


def as_time(value: object) -> datetime | None:
    """Unix seconds (or milliseconds) or an ISO time; zero and less mean that there is none."""
    seconds = as_number(value)
    if seconds is None:
        return _iso_time(value)
    if seconds >= MILLISECONDS_FROM:
        seconds /= 1000
    try:
        return from_unix(seconds) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _iso_time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(value))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_date(value: object) -> date | None:
    """`2027-01-14`, an ISO time or unix seconds."""
    time = as_time(value)
    return time.date() if time else None


def numbers_in(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a nested value under its path: `scores/graders/tone/train_reward_mean`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from numbers_in(item, f"{name}/{key}" if name else str(key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from numbers_in(item, f"{name}/{_name_of(item) or position}")
    elif not isinstance(value, str) and (number := as_number(value)) is not None:
        yield name, number


def _name_of(item: object) -> str | None:
    return as_text(as_mapping(item).get("name"))

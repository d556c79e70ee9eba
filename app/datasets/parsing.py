"""One line of JSON to one value, with a rule for each way that can fail."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import orjson

from app.datasets import rules_lines as rules
from app.datasets.formats import is_plain_chat
from app.datasets.rules import Rule

MAX_DEPTH = 64
QUOTE = b'"'  # as many before as after parsing, unless a key was lost on the way


class _Broken(Exception):
    def __init__(self, rule: Rule) -> None:
        self.rule = rule


class Parsed(NamedTuple):
    """`value` may be there in spite of a broken rule: where a key stands twice.

    `canonical` writes the value without blanks and with sorted keys; it is empty without value.
    `is_plain` says that it is the usual chat row, of which no rule needs to be asked.
    """

    value: Any = None
    rule: Rule | None = None
    canonical: bytes = b""
    is_plain: bool = False


def parse_line(line: bytes) -> Parsed:
    """Never raises."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Parsed(rule=_diagnose(line))
    is_plain = is_plain_chat(value)
    if not is_plain and _depth(value) > MAX_DEPTH:
        return Parsed(rule=rules.NESTED_TOO_DEEP)
    canonical = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if line.count(QUOTE) != canonical.count(QUOTE) and _repeats_key(line):
        return Parsed(value, rules.DUPLICATE_KEY, canonical)
    return Parsed(value, None, canonical, is_plain)


def describe_syntax_error(line: bytes) -> str:
    """The parser's own words on an invalid line, with the place."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return str(error)
    return ""


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while containers := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [child for item in containers for child in _children(item)]
    return depth


def _children(container: dict[str, Any] | list[Any]) -> Iterator[Any]:
    yield from container.values() if isinstance(container, dict) else container


def _repeats_key(line: bytes) -> bool:
    try:
        json.loads(line, object_pairs_hook=_refuse_repetition)
    except _Broken:
        return True
    return False


def _refuse_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Broken(rules.DUPLICATE_KEY)
    return found


def _diagnose(line: bytes) -> Rule:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return rules.NOT_UTF8
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int)
    except _Broken as error:
        return error.rule
    except RecursionError:
        return rules.NESTED_TOO_DEEP
    except json.JSONDecodeError as error:
        return _diagnose_syntax(text, error)
    return rules.NESTED_TOO_DEEP if _brackets_nest(text) else rules.LONE_SURROGATE


def _diagnose_syntax(text: str, error: json.JSONDecodeError) -> Rule:
    if error.msg == "Extra data":
        return rules.SEVERAL_VALUES
    if re.match(r"\s*[\[{]\s*'", text) or _is_python_word(text, error.pos):
        return rules.SINGLE_QUOTES
    return rules.INVALID_JSON


def _is_python_word(text: str, position: int) -> bool:
    return re.match(r"'|(True|False|None)\b", text[position : position + 6]) is not None


def _brackets_nest(text: str) -> bool:
    return re.search(r"(?:[\[{]\s*(?:\"[^\"]*\"\s*:\s*)?){64}", text) is not None


def _refuse_constant(_word: str) -> NoReturn:
    raise _Broken(rules.NOT_A_NUMBER)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Broken(rules.HUGE_NUMBER)
    return number


def _int(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        raise _Broken(rules.HUGE_NUMBER) from None

"""The formula of a multi grader: numbers, the graders' keys, + - * / ^ and a few functions.

expression = term { ("+" | "-") term }
term       = factor { ("*" | "/") factor }
factor     = "-" factor | power
power      = atom [ "^" factor ]
atom       = number | key | function "(" expression { "," expression } ")" | "(" expression ")"
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

LONGEST = 2000
DEEPEST = 50
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([^\W\d]\w*)|([-+*/^(),]))")
OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}
MANY = {"min", "max"}


class BadFormula(Exception):
    """A formula that cannot be read, with what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """A number, a key, or a function of nodes."""

    value: float | str | Callable[..., float]
    parts: tuple["Node", ...] = ()

    def keys(self) -> set[str]:
        own = {self.value} if isinstance(self.value, str) else set[str]()
        return own.union(*(part.keys() for part in self.parts))

    def result(self, values: Mapping[str, float]) -> float:
        """Raises ArithmeticError or ValueError where there is none: 1/0, sqrt(-1)."""
        if isinstance(self.value, str):
            return values[self.value]
        if isinstance(self.value, float):
            return self.value
        return self.value(*(part.result(values) for part in self.parts))


def read_formula(text: str) -> Node:
    """Raises BadFormula."""
    if len(text) > LONGEST:
        raise BadFormula(f"a formula has at most {LONGEST} characters")
    return _Reader(text).read()


def _tokens(text: str) -> Iterator[str]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            raise BadFormula(f"unexpected {text[place:].lstrip()[0]!r}")
        yield found[0].strip()
        place = found.end()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ""]
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        node = self._expression()
        if self._next:
            raise BadFormula(f"unexpected {self._next!r}")
        return node

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self, wanted: str = "") -> str:
        token = self._next
        if wanted and token != wanted:
            raise BadFormula(f"expected {wanted!r}, found {token or 'the end'!r}")
        self._at += 1
        return token

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadFormula("too many brackets")
        node = self._chain("+-", lambda: self._chain("*/", self._factor))
        self._depth -= 1
        return node

    def _chain(self, signs: str, part: Callable[[], Node]) -> Node:
        node, links = part(), 0
        while self._next and self._next in signs:
            links += 1
            if links > DEEPEST:
                raise BadFormula("too long a sum or product")
            node = Node(OPERATORS[self._take()], (node, part()))
        return node

    def _factor(self) -> Node:
        if self._next == "-":
            self._take()
            return Node(operator.neg, (self._deeper(self._factor),))
        base = self._atom()
        if self._next != "^":
            return base
        self._take()
        return Node(OPERATORS["^"], (base, self._deeper(self._factor)))

    def _deeper(self, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadFormula("too many signs")
        node = part()
        self._depth -= 1
        return node

    def _atom(self) -> Node:
        token = self._take()
        if token == "(":
            node = self._expression()
            self._take(")")
            return node
        if token[:1].isdecimal() or token.startswith("."):
            return Node(float(token))
        if token.isidentifier():
            return self._call(token) if self._next == "(" else Node(token)
        raise BadFormula(f"unexpected {token or 'end'!r}")

    def _call(self, name: str) -> Node:
        function = FUNCTIONS.get(name)
        if function is None:
            raise BadFormula(f"unknown function {name!r}; known are {', '.join(FUNCTIONS)}")
        self._take("(")
        parts = [self._expression()]
        while self._next == ",":
            self._take()
            parts.append(self._expression())
        self._take(")")
        if (len(parts) > 1) != (name in MANY):
            wanted = "two or more values" if name in MANY else "one value"
            raise BadFormula(f"{name} takes {wanted}")
        return Node(function, tuple(parts))

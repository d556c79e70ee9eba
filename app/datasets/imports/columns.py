"""What the columns of a source hold, as far as its first rows show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.datasets.imports.cells import ColumnType, cell_text, is_blank, is_numeric, is_whole
from app.datasets.imports.rows import Values

SHOWN_EXAMPLES = 3
SHOWN_LETTERS = 80
BOOLEANS = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class Column:
    """`filled` and `distinct` count rows of the sample; `length` is the mean of letters."""

    name: str
    type: ColumnType
    filled: int
    distinct: int
    length: float
    examples: tuple[str, ...]
    is_nested: bool = False

    @property
    def is_label(self) -> bool:
        """Few different short values: what a classifier answers."""
        return (
            not self.is_nested
            and 2 <= self.distinct <= max(12, self.filled // 4)
            and self.length <= 60
        )


def describe_columns(names: Iterable[str], values: Sequence[Values]) -> tuple[Column, ...]:
    return tuple(_describe(name, [row.get(name) for row in values]) for name in names)


def names_in(values: Iterable[Values]) -> tuple[str, ...]:
    """All names of the rows, in the order in which they come up."""
    return tuple(dict.fromkeys(name for row in values for name in row))


def _describe(name: str, cells: Sequence[Any]) -> Column:
    filled = [cell for cell in cells if not is_blank(cell)]
    texts = [cell_text(cell) for cell in filled]
    distinct = dict.fromkeys(texts)
    return Column(
        name=name,
        type=_find_type(texts),
        filled=len(filled),
        distinct=len(distinct),
        length=sum(map(len, texts)) / max(1, len(texts)),
        examples=tuple(text[:SHOWN_LETTERS] for text in list(distinct)[:SHOWN_EXAMPLES]),
        is_nested=any(isinstance(cell, dict | list) for cell in filled),
    )


def _find_type(texts: Sequence[str]) -> ColumnType:
    """Numbers that begin with zeros are names of things."""
    words = [text.strip() for text in texts]
    if not words or any(len(word) > 1 and word[0] == "0" and word[1] != "." for word in words):
        return ColumnType.TEXT
    if all(map(is_whole, words)):
        return ColumnType.INTEGER
    if all(map(is_numeric, words)):
        return ColumnType.NUMBER
    return ColumnType.BOOLEAN if {w.lower() for w in words} <= BOOLEANS else ColumnType.TEXT

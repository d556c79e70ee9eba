"""The order of rows by the values of a column: each different value is held once."""

from array import array
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from app.datasets.imports.cells import is_numeric

LONGEST_VALUE = 200


class SortKeys:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._keys = array("q")

    def put(self, place: int, value: str) -> None:
        """Places come in order; one that comes again takes the later value."""
        number = self._numbers.setdefault(value[:LONGEST_VALUE], len(self._numbers))
        if place < len(self._keys):
            self._keys[place] = number
        else:
            self._keys.append(number)

    def order(self, *, descending: bool) -> NDArray[np.int64]:
        """Places in their new order. Numbers by size and before texts; the same stay in order."""
        values = list(self._numbers)
        ranks = np.empty(len(values), np.int64)
        ranks[sorted(range(len(values)), key=lambda at: _sort_key(values[at]))] = np.arange(
            len(values)
        )
        keys = ranks[np.asarray(self._keys, np.int64)]
        return np.argsort(-keys if descending else keys, kind="stable")


def _sort_key(value: str) -> tuple[bool, Decimal, str]:
    """Blank ones come last among texts that are no numbers."""
    word = value.strip()
    is_number = is_numeric(word)
    return (not is_number, Decimal(word) if is_number else Decimal(0), value)

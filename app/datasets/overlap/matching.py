"""Finding rows of one version among those of another that come by, batch after batch."""

from collections.abc import Iterable

import numpy as np

from app.datasets.deep.near import AwaitedTexts
from app.datasets.overlap.keys import Numbers, Rows, TextKeys

MOST_COMPARED = 50_000
NOBODY = -1


class FirstMatches:
    """For each key the first row with the same key; a key of 0 is like no other."""

    def __init__(self, keys: Numbers) -> None:
        self._keys = keys
        self._different: Numbers = np.unique(keys[keys != 0])
        self._first = np.full(len(self._different), NOBODY, np.int64)

    def meet(self, keys: Numbers, rows: Rows) -> None:
        """Rows of the other version, ascending from call to call."""
        if not len(self._different):
            return
        places = np.minimum(np.searchsorted(self._different, keys), len(self._different) - 1)
        is_new = (self._different[places] == keys) & (self._first[places] == NOBODY)
        # Of assignments to the same place the last one stays.
        self._first[places[is_new][::-1]] = rows[is_new][::-1]

    def partners(self) -> Rows:
        """A row of the other version for each key, NOBODY where there is none."""
        if not len(self._different):
            return np.full(len(self._keys), NOBODY, np.int64)
        places = np.minimum(np.searchsorted(self._different, self._keys), len(self._different) - 1)
        return np.where(self._different[places] == self._keys, self._first[places], NOBODY)


class NearMatches:
    """The same for texts much alike. Only the first MOST_COMPARED different ones are awaited."""

    def __init__(self) -> None:
        self._awaited = AwaitedTexts()
        self._known: set[int] = set()
        self._texts: list[int] = []
        self._found: dict[int, int] = {}

    @property
    def compared_count(self) -> int:
        return len(self._known)

    def add(self, keys: TextKeys) -> None:
        if keys.whole not in self._known and len(self._known) < MOST_COMPARED:
            self._awaited.add(len(self._texts), keys.text)
            self._texts.append(keys.whole)
            self._known.add(keys.whole)

    def meet(self, keys: Iterable[TextKeys], rows: Rows) -> None:
        for each, row in zip(keys, rows, strict=True):
            for number in self._awaited.meet(each.text):
                self._found[self._texts[number]] = int(row)

    def partners(self, wholes: Numbers) -> Rows:
        """For each text, by its key, the first row much like it."""
        matches = FirstMatches(wholes)
        found = np.array(list(self._found), np.uint64)
        matches.meet(found, np.array(list(self._found.values()), np.int64))
        return matches.partners()

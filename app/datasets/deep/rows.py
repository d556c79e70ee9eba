"""Rows that break a rule, whichever look found them.

find_rows(storage, version, index, "special_token")   # of the check: from the index
find_rows(storage, version, index, "email_address")   # of the second look: from its file
find_rows(storage, version, index, "near")            # in a group of examples that are alike
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from app.core.storage import Storage
from app.datasets.deep.groups import Rows
from app.datasets.deep.groups_file import BrokenGroups, groups_path, read_groups
from app.datasets.example_index import ExampleIndex
from app.datasets.reading import Example
from app.datasets.rules import Problem
from app.datasets.rules_texts import LANGUAGE_MISMATCH, SPEECH_LEVELS
from app.datasets.text_checks import look_at_row

BESIDE_OTHERS = (LANGUAGE_MISMATCH, SPEECH_LEVELS)
FindRows = Callable[[str], Rows]


class Stored(Protocol):
    """A version, or what else has its bytes in storage."""

    sha256: str


def find_rows(storage: Storage, version: Stored, index: ExampleIndex, rule_id: str) -> Rows:
    """In order; none for a rule nobody knows, or while the second look is not done.

    Of a rule of the second look they are mapped, not read: there can be millions.
    """
    if rule_id in index.header["rules"]:
        return index.rows_with(rule_id)
    try:
        found = read_groups(groups_path(storage, version.sha256), rule_id)
    except (FileNotFoundError, BrokenGroups, KeyError):
        return np.empty(0, np.int64)
    return found.rows if len(found) == 1 else np.sort(found.rows)


class TextProblems:
    """What the second look says of rows, by themselves and beside the others."""

    def __init__(self, rows_of: FindRows) -> None:
        self._beside = [(rule, np.asarray(rows_of(rule.id))) for rule in BESIDE_OTHERS]

    def of(self, example: Example) -> Iterator[Problem]:
        if example.value is not None:
            yield from look_at_row(example.value, example.format).problems
        for rule, rows in self._beside:
            place = int(np.searchsorted(rows, example.row))
            if place < len(rows) and rows[place] == example.row:
                yield Problem(rule, "")

"""What a rule is. The rules themselves stand in `rules_*.py`, all of them in `catalogue.py`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from app.core.text import N_
from app.datasets.formats import DatasetFormat

EVERY_FORMAT = frozenset(DatasetFormat)
MESSAGE_FORMATS = EVERY_FORMAT - {DatasetFormat.COMPLETION}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Severity.ERROR: N_("Error"),
    Severity.WARNING: N_("Warning"),
    Severity.INFO: N_("Note"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`sentence` is a msgid; its {placeholders} are filled with the params of a finding."""

    id: str
    severity: Severity
    sentence: str
    formats: frozenset[DatasetFormat] = EVERY_FORMAT


class Problem(NamedTuple):
    """One breach of a rule in one row; `place` is a path such as `messages[2].role`."""

    rule: Rule
    place: str

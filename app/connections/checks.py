"""What the test of a connection looks at, and how each part can turn out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.text import N_


class Check(StrEnum):
    REACHABLE = "reachable"
    KEY = "key"
    MODELS = "models"
    FINE_TUNING = "fine_tuning"
    CREATION = "creation"

    @property
    def label(self) -> str:
        return _CHECK_LABELS[self]


_CHECK_LABELS = {
    Check.REACHABLE: N_("Reachable"),
    Check.KEY: N_("Key accepted"),
    Check.MODELS: N_("Models"),
    Check.FINE_TUNING: N_("Fine-tuning visible"),
    Check.CREATION: N_("New jobs"),
}


class Verdict(StrEnum):
    WORKS = "works"
    WARNS = "warns"
    FAILS = "fails"
    UNTRIED = "untried"

    @property
    def label(self) -> str:
        return _VERDICT_LABELS[self]

    @property
    def word(self) -> str:
        """The status word that names shape and colour."""
        return _VERDICT_WORDS[self]


_VERDICT_LABELS = {
    Verdict.WORKS: N_("works"),
    Verdict.WARNS: N_("look at this"),
    Verdict.FAILS: N_("fails"),
    Verdict.UNTRIED: N_("not tried"),
}
_VERDICT_WORDS = {
    Verdict.WORKS: "succeeded",
    Verdict.WARNS: "warning",
    Verdict.FAILS: "failed",
    Verdict.UNTRIED: "queued",
}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the checklist; `sentence` is a message id with places for `params`."""

    check: Check
    verdict: Verdict
    sentence: str
    params: Mapping[str, Any]


def read_rows(record: Mapping[str, Any]) -> list[CheckRow]:
    return [
        CheckRow(Check(row["check"]), Verdict(row["verdict"]), row["sentence"], row["params"])
        for row in record["rows"]
    ]

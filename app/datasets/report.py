"""The report on a version: everything but the rows themselves, small enough for a database row.

    report = build_report(ExampleIndex.open(path))
    report.verdict, report.findings, report.statistics, report.labels
    report.cost("gpt-4.1", n_epochs=3)        # any model, without the index
    Report.from_dict(report.to_dict())        # the same again; to_dict is plain JSON

A finding's lines are read page by page: `finding_lines(index.rows_with, finding)`
(both functions in reporting.py).
`finding.sentence` is a msgid and `finding.params` its values; `finding.message` is the English.
Token counts hold for `statistics.encoding`; for a model of another one check the version again.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from app.core.text import N_
from app.datasets.costs import (
    Cost,
    cost_of,
    default_epochs,
    find_token_limit,
)
from app.datasets.formats import DatasetFormat
from app.datasets.labels import LabelCount
from app.datasets.rules import Severity
from app.datasets.statistics import Distribution, Histogram

LONGEST_SHOWN = 160
FORMATS = tuple(DatasetFormat)


class Verdict(StrEnum):
    READY = "ready"
    WARNING = "warning"
    BLOCKED = "blocked"

    @property
    def label(self) -> str:
        return _VERDICT_LABELS[self]


_VERDICT_LABELS = {
    Verdict.READY: N_("Ready"),
    Verdict.WARNING: N_("Ready with warnings"),
    Verdict.BLOCKED: N_("Blocked"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows that break one rule. `lines` is filled only where the version as a whole is meant."""

    rule: str
    severity: Severity
    sentence: str
    count: int
    params: dict[str, str | int] = field(default_factory=dict)
    lines: tuple[int, ...] = ()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        severity, lines = Severity(data["severity"]), tuple(data["lines"])
        return cls(**data | {"severity": severity, "lines": lines})

    @property
    def message(self) -> str:
        shown = {k: visible(v) if isinstance(v, str) else v for k, v in self.params.items()}
        return self.sentence.format(**shown)


@dataclass(frozen=True, slots=True)
class LimitSums:
    """Tokens of one epoch where no example counts for more than `limit`."""

    limit: int | None
    over: int
    billed_tokens: int
    estimated_tokens: int


@dataclass(frozen=True, slots=True)
class Statistics:
    encoding: str
    missing_system: int
    missing_user: int
    messages_per_example: Distribution
    tokens_per_example: Distribution
    assistant_tokens_per_example: Distribution
    tokens_total: int
    assistant_tokens_total: int
    over_limit: int


@dataclass(frozen=True, slots=True)
class Histograms:
    messages_per_example: Histogram
    tokens_per_example: Histogram
    assistant_tokens_per_example: Histogram


@dataclass(frozen=True, slots=True)
class Report:
    """`model` is the one the limit was taken of, `limit` its tokens per example if known.

    `size` is that of the file in bytes, 0 where an earlier check did not note it.
    """

    format: DatasetFormat
    model: str
    limit: int | None
    lines: int
    examples: int
    findings: tuple[Finding, ...]
    statistics: Statistics
    histograms: Histograms
    labels: tuple[LabelCount, ...]
    sums: tuple[LimitSums, ...]
    size: int = 0

    @property
    def ok(self) -> bool:
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def verdict(self) -> Verdict:
        if not self.ok:
            return Verdict.BLOCKED
        warned = any(finding.severity is Severity.WARNING for finding in self.findings)
        return Verdict.WARNING if warned else Verdict.READY

    def cost(self, model: str | None = None, n_epochs: int | None = None) -> Cost:
        model = model or self.model
        sums = self.sums_within(find_token_limit(model))
        epochs = n_epochs or default_epochs(self.examples)
        return cost_of(model, epochs, sums.billed_tokens, sums.estimated_tokens)

    def sums_within(self, limit: int | None) -> LimitSums:
        """`limit` is that of a known model, or None."""
        return next(sums for sums in self.sums if sums.limit == limit)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            **data
            | {
                "format": DatasetFormat(data["format"]),
                "findings": tuple(Finding.from_dict(found) for found in data["findings"]),
                "statistics": Statistics(**_each(data["statistics"], Distribution)),
                "histograms": Histograms(**_each(data["histograms"], Histogram)),
                "labels": tuple(LabelCount(**label) for label in data["labels"]),
                "sums": tuple(LimitSums(**sums) for sums in data["sums"]),
            }
        )


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def visible(text: str) -> str:
    """Of a text from the data: line ends and the like as escapes, what is long cut."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:LONGEST_SHOWN])
    return shown if len(text) <= LONGEST_SHOWN else f"{shown}…"


def _each(data: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Nested objects back to their type; a histogram's counts to a tuple again."""
    return {
        name: kind(**{key: tuple(part) if isinstance(part, list) else part
                      for key, part in value.items()})
        if isinstance(value, dict) else value
        for name, value in data.items()
    }  # fmt: skip

"""What a report shows of the rows themselves: the first lines of each finding, and one of them.

Gathered once, when the check ends, so that no page has to look through the index for it.
"""

from dataclasses import dataclass
from typing import Any, BinaryIO, Self

import numpy as np
import orjson

from app.datasets.example_index import ExampleIndex
from app.datasets.excerpts import LONGEST_EXCERPT, excerpt_of
from app.datasets.places import value_at
from app.datasets.reading import Example, read_rows
from app.datasets.report import Finding, Report
from app.datasets.reporting import finding_lines
from app.datasets.rules import Severity

FIRST_LINES = 6


@dataclass(frozen=True, slots=True)
class Highlight:
    """`place` is where in the row, or the parser's words.

    `excerpt` is the offending text, cut, without what is private.
    """

    lines: tuple[int, ...]
    place: str = ""
    excerpt: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(tuple(data["lines"]), data["place"], data["excerpt"])


def gather_highlights(
    stream: BinaryIO, index: ExampleIndex, report: Report
) -> dict[str, Highlight]:
    return {finding.rule: _highlight(stream, index, finding) for finding in report.findings}


def count_affected(index: ExampleIndex, report: Report) -> int:
    """Rows with at least one error or warning."""
    grave = [f.rule for f in report.findings if f.severity is not Severity.INFO and not f.lines]
    breaking = [index.breaking(rule_id) for rule_id in grave]
    if not breaking:
        return 0
    return sum(
        int(np.count_nonzero(np.logical_or.reduce([mask(part) for mask in breaking])))
        for part in index.slices()
    )


def _highlight(stream: BinaryIO, index: ExampleIndex, finding: Finding) -> Highlight:
    lines = tuple(finding_lines(index.rows_with, finding, 0, FIRST_LINES))
    if not lines or finding.lines:
        return Highlight(lines)
    example = read_rows(stream, index, [lines[0] - 1])[0]
    place = next((p.place for p in example.problems if p.rule.id == finding.rule), "")
    return Highlight(lines, place[:LONGEST_EXCERPT], excerpt_of(text_at(example, place)))


def text_at(example: Example, place: str) -> str:
    """What stands at the place as text, the whole line where the place leads nowhere."""
    value = value_at(example.value, place) if place else None
    if value is None:
        return example.text
    return value if isinstance(value, str) else orjson.dumps(value).decode()

"""A second look with everything a version keeps of it: in this process, or in one of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from app.datasets.check_children import CheckDied, start_child
from app.datasets.deep.groups import Groups, Rows
from app.datasets.deep.groups_file import write_groups
from app.datasets.deep.looking import LookCancelled, Looked, Progress, look_deeper
from app.datasets.deep.survey import TextFigures
from app.datasets.example_index import ExampleIndex
from app.datasets.excerpts import LONGEST_EXCERPT, excerpt_of, find_spot
from app.datasets.highlights import FIRST_LINES, Highlight, text_at
from app.datasets.reading import Example, read_rows
from app.datasets.report import Finding, Report, sort_findings
from app.datasets.row_texts import Speaker, list_said
from app.datasets.rules import Rule, Severity
from app.datasets.rules_texts import TEXT_RULES, TEXT_RULES_BY_ID
from app.datasets.text_checks import look_at_row


@dataclass(frozen=True, slots=True)
class LookOrder:
    """What to look at, and where the groups go.

    `grave` are the rules of the check that are errors or warnings.
    """

    path: Path
    index_path: Path
    groups_path: Path
    grave: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {key: value if key == "grave" else str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        paths = {key: Path(value) for key, value in data.items() if key != "grave"}
        return cls(grave=tuple(data["grave"]), **paths)


@dataclass(frozen=True, slots=True)
class LookReport:
    """Figures of what was found; the rows themselves are in the file of the groups.

    `alike` has groups and lines by kind, `affected_count` counts the rows with at least one error
    or warning of either look.
    """

    alike: dict[str, dict[str, int]]
    compared_count: int
    different_count: int
    findings: tuple[Finding, ...]
    highlights: dict[str, Highlight]
    affected_count: int
    figures: TextFigures

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        highlights = data["highlights"].items()
        return cls(
            **data
            | {
                "findings": tuple(Finding.from_dict(found) for found in data["findings"]),
                "highlights": {rule: Highlight.from_dict(each) for rule, each in highlights},
                "figures": TextFigures.from_dict(data["figures"]),
            }
        )


Look = Callable[[LookOrder, Progress], LookReport]


def look_here(order: LookOrder, progress: Progress) -> LookReport:
    index = ExampleIndex.open(order.index_path)
    with order.path.open("rb") as stream:
        looked = look_deeper(stream, index, progress)
        report = describe_look(stream, index, looked, order.grave)
    groups = {kind.value: found for kind, found in looked.groups.items()}
    rows = {rule: as_group(lines) for rule, lines in looked.texts.rows.items()}
    write_groups(order.groups_path, groups | rows)
    return report


def look_in_child(order: LookOrder, progress: Progress) -> LookReport:
    """The server's own process only listens."""
    with start_child({"do": "look"} | order.to_dict()) as said:
        for word in said:
            if "looked" in word:
                return LookReport.from_dict(word["looked"])
            if not progress(word["bytes"], word["rows"]):
                raise LookCancelled
    raise CheckDied("a process of the second look said nothing")


def describe_look(
    stream: BinaryIO, index: ExampleIndex, looked: Looked, grave: Iterable[str] = ()
) -> LookReport:
    rows = looked.texts.rows
    broken = [rule for rule in TEXT_RULES if rule.id in rows]
    return LookReport(
        alike={
            kind.value: {"groups": len(found), "lines": len(found.rows)}
            for kind, found in looked.groups.items()
        },
        compared_count=looked.compared_count,
        different_count=looked.different_count,
        findings=tuple(
            Finding(rule.id, rule.severity, rule.sentence, len(rows[rule.id])) for rule in broken
        ),
        highlights={rule.id: _highlight(stream, index, rule, rows[rule.id]) for rule in broken},
        affected_count=_count_affected(index, rows, grave),
        figures=looked.texts.figures,
    )


def with_findings(report: Report, findings: Iterable[Finding]) -> Report:
    """The report with these in the place of what an earlier look found."""
    return replace(report, findings=sort_findings([*list_of_check(report), *findings]))


def list_of_check(report: Report) -> list[Finding]:
    """Without what a second look found."""
    return [finding for finding in report.findings if finding.rule not in TEXT_RULES_BY_ID]


def as_group(rows: Rows) -> Groups:
    return Groups(rows, np.array([0, len(rows)], np.int64))


def _count_affected(index: ExampleIndex, rows: Mapping[str, Rows], grave: Iterable[str]) -> int:
    found = np.zeros(len(index), np.bool_)
    for rule_id in grave:
        found[index.rows_with(rule_id)] = True
    for rule in TEXT_RULES:
        if rule.severity is not Severity.INFO and rule.id in rows:
            found[rows[rule.id]] = True
    return int(np.count_nonzero(found))


def _highlight(stream: BinaryIO, index: ExampleIndex, rule: Rule, rows: Rows) -> Highlight:
    example = read_rows(stream, index, rows[:1].tolist())[0]
    place = _find_place(example, rule)
    text = text_at(example, place)
    lines = tuple((rows[:FIRST_LINES] + 1).tolist())
    return Highlight(lines, place[:LONGEST_EXCERPT], excerpt_of(text, find_spot(text, rule)))


def _find_place(example: Example, rule: Rule) -> str:
    """Of what is said only beside other rows, the answer."""
    value = example.value or {}
    problems = look_at_row(value, example.format).problems
    said = list_said(value, example.format)
    answers = [each.place for each in said if each.speaker is Speaker.ASSISTANT]
    return next((p.place for p in problems if p.rule is rule), answers[-1] if answers else "")

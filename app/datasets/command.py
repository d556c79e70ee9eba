"""`tuneboard validate`: the report of the pages, for a terminal or a pipeline."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TextIO

from app.datasets.deep.looked import describe_look, with_findings
from app.datasets.deep.looking import look_deeper
from app.datasets.example_index import ExampleIndex
from app.datasets.fitting import fit_report
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile
from app.datasets.report import Finding, Report, Verdict, visible
from app.datasets.report_json import describe_report, dump_json
from app.datasets.reporting import RowsOf, finding_lines
from app.datasets.rules import Severity
from app.datasets.statistics import Distribution
from app.datasets.validation import check_file

VALID, ERRORS, UNREADABLE = 0, 1, 2
SHOWN_LINES = 4


def validate(
    files: Iterable[Path],
    *,
    format: str = "auto",  # noqa: A002
    model: str | None = None,
    encoding: str | None = None,
    profile: str = DEFAULT_PROFILE,
    deep: bool = False,
    processes: int = 1,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Writes one report a file and returns the worst exit code: 0 valid, 1 errors, 2 unreadable.

    `profile` is the kind of provider it is judged for, a word of ReportProfile. `deep` adds what
    the second look finds, which takes several times as long.
    """
    stream, worst, judged_for = out or sys.stdout, VALID, ReportProfile(profile)
    for path in files:
        with TemporaryDirectory(prefix="tuneboard-") as folder:
            index_path = Path(folder) / "index"
            try:
                report = check_file(
                    path,
                    index_path=index_path,
                    format=format,
                    model=model,
                    encoding=encoding,
                    processes=processes,
                )
                checked = _Checked.of(path, report, ExampleIndex.open(index_path), deep=deep)
            except OSError as error:
                stream.write(_unreadable(path, error, as_json, judged_for))
                worst = UNREADABLE
            else:
                judged = replace(checked, report=fit_report(checked.report, judged_for))
                stream.writelines((_json if as_json else _table)(path, judged, judged_for))
                worst = max(worst, VALID if judged.report.ok else ERRORS)
    return worst


@dataclass(frozen=True, slots=True)
class _Checked:
    """`looked` is what the second look adds to the JSON."""

    report: Report
    rows_of: RowsOf
    looked: dict[str, Any]

    @classmethod
    def of(cls, path: Path, report: Report, index: ExampleIndex, *, deep: bool) -> Self:
        if not deep or not report.examples:
            return cls(report, index.rows_with, {})
        with path.open("rb") as stream:
            looked = look_deeper(stream, index, lambda _done, _total: True)
            found = describe_look(stream, index, looked)
        rows = looked.texts.rows
        return cls(
            with_findings(report, found.findings),
            lambda rule: rows[rule] if rule in rows else index.rows_with(rule),
            {"alike": found.alike, "texts": found.figures.to_dict()},
        )


def _unreadable(path: Path, error: OSError, as_json: bool, profile: ReportProfile) -> str:
    sentence = f"Cannot be read: {error.strerror or error}"
    if not as_json:
        return f"{path}: {sentence}\n"
    finding = {"rule": "unreadable", "severity": "error", "message": sentence}
    return dump_json(
        {
            "file": str(path),
            "for": profile,
            "format": None,
            "lines": 0,
            "examples": 0,
            "ok": False,
            "verdict": Verdict.BLOCKED,
            "findings": [finding | {"count": 1, "lines": [], "override": None}],
            "statistics": None,
            "labels": [],
            "cost": None,
        }
    ).decode()


def _json(path: Path, checked: _Checked, profile: ReportProfile) -> Iterator[str]:
    described = describe_report(str(path), checked.report, checked.rows_of, profile)
    yield dump_json(described | checked.looked).decode()


def _table(path: Path, checked: _Checked, profile: ReportProfile) -> Iterator[str]:
    report = checked.report
    yield f"{path}\n  {report.verdict.label} ({profile.label}): {_summary(report)}\n"
    if report.findings:
        yield f"\n  {'':<8}{'rule':<30}{'count':>9}  {'first lines':<28}  what it means\n"
    for finding in report.findings:
        lines = _lines(finding, checked.rows_of)
        yield f"  {finding.severity.label:<8}{finding.rule:<30}{finding.count:>9,}"
        yield f"  {lines:<28}  {finding.message}\n"
    if report.examples:
        yield "\n"
        yield from _figures(report)
    yield from _labels(report)
    yield "\n"


def _summary(report: Report) -> str:
    errors, warnings = (
        sum(finding.severity is severity for finding in report.findings)
        for severity in (Severity.ERROR, Severity.WARNING)
    )
    return (
        f"{report.format.label}, {report.lines:,} lines, {report.examples:,} examples, "
        f"errors: {errors}, warnings: {warnings}"
    )


def _lines(finding: Finding, rows_of: RowsOf) -> str:
    lines = finding_lines(rows_of, finding, 0, SHOWN_LINES + 1)
    more = " …" if len(lines) > SHOWN_LINES else ""
    return ", ".join(map(str, lines[:SHOWN_LINES])) + more


def _labels(report: Report) -> Iterator[str]:
    if report.labels:
        yield f"\n  {'answer':<48}{'examples':>9}{'share':>9}{'tokens':>9}\n"
    for label in report.labels:
        share = f"{label.count / report.examples:.1%}"
        yield f"  {visible(label.label):<48.48}{label.count:>9,}{share:>9}{label.tokens:>9}\n"


def _figures(report: Report) -> Iterator[str]:
    statistics = report.statistics
    yield f"  {'':<24}{'min':>9}{'p10':>11}{'median':>11}{'mean':>11}{'p90':>11}{'max':>9}\n"
    yield _row("messages", statistics.messages_per_example)
    yield _row("tokens", statistics.tokens_per_example)
    yield _row("assistant tokens", statistics.assistant_tokens_per_example)
    yield f"  {statistics.tokens_total:,} tokens ({statistics.encoding}), of them "
    yield f"{statistics.assistant_tokens_total:,} the assistant's; {statistics.over_limit:,} "
    yield f"examples over the limit; {statistics.missing_system:,} without system, "
    yield f"{statistics.missing_user:,} without user message\n"
    cost = report.cost()
    price = "price unknown" if cost.usd is None else f"{cost.usd:,.2f} USD"
    yield f"  {cost.model}, {cost.n_epochs} epochs: {cost.billed_tokens:,} billed tokens, {price}"
    yield f" (tutorials' estimate {cost.estimated_tokens:,} tokens)\n"


def _row(name: str, figures: Distribution) -> str:
    middle = (figures.p10, figures.median, figures.mean, figures.p90)
    cells = "".join(f"{value:>11,.1f}" for value in middle)
    return f"  {name + ' per example':<24}{figures.min:>9,}{cells}{figures.max:>9,}\n"

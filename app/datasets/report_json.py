"""The report as JSON, the same from the command line and from the page, with all line numbers."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

import orjson

from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile
from app.datasets.report import Finding, Report
from app.datasets.reporting import RowsOf, all_finding_lines


class Decision(Protocol):
    """What people decided about a severity, as the database keeps it."""

    reason: str
    created_by: str
    created_at: datetime


def describe_report(
    name: str,
    report: Report,
    rows_of: RowsOf,
    profile: ReportProfile = DEFAULT_PROFILE,
    overrides: Mapping[str, Decision] | None = None,
) -> dict[str, Any]:
    """For `dump_json`: lines are arrays, since they can be millions.

    `report` is judged for `profile` and by `overrides` already.
    """
    cost = report.cost()
    return {
        "file": name,
        "for": profile,
        "format": report.format,
        "lines": report.lines,
        "examples": report.examples,
        "ok": report.ok,
        "verdict": report.verdict,
        "findings": [
            _describe_finding(finding, rows_of, (overrides or {}).get(finding.rule))
            for finding in report.findings
        ],
        "statistics": asdict(report.statistics),
        "labels": [asdict(label) for label in report.labels],
        "cost": {
            "model": cost.model,
            "n_epochs": cost.n_epochs,
            "billed_tokens": cost.billed_tokens,
            "usd": cost.usd,
        },
    }


def dump_json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _describe_finding(
    finding: Finding, rows_of: RowsOf, override: Decision | None
) -> dict[str, Any]:
    """`override` is null where the severity is that of the rule."""
    decided = override and {
        "reason": override.reason,
        "by": override.created_by,
        "at": override.created_at,
    }
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "count": finding.count,
        "lines": all_finding_lines(rows_of, finding),
        "override": decided,
    }

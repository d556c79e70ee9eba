"""The report as JSON, the same from the command line and from the page, with all line numbers."""

from dataclasses import asdict
from typing import Any

import orjson

from app.datasets.example_index import ExampleIndex
from app.datasets.report import Finding, Report
from app.datasets.reporting import all_finding_lines


def describe_report(name: str, report: Report, index: ExampleIndex) -> dict[str, Any]:
    """For `dump_json`: lines are arrays, since they can be millions."""
    cost = report.cost()
    return {
        "file": name,
        "format": report.format,
        "lines": report.lines,
        "examples": report.examples,
        "ok": report.ok,
        "findings": [_describe_finding(finding, index) for finding in report.findings],
        "statistics": asdict(report.statistics),
        "cost": {
            "model": cost.model,
            "n_epochs": cost.n_epochs,
            "billed_tokens": cost.billed_tokens,
            "usd": cost.usd,
        },
    }


def dump_json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _describe_finding(finding: Finding, index: ExampleIndex) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "count": finding.count,
        "lines": all_finding_lines(index, finding),
    }

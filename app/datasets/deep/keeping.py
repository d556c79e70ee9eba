"""What the second look finds in texts becomes part of the report of the version."""

from dataclasses import asdict

from sqlmodel import Session

from app.datasets.deep.looked import LookReport, list_of_check, with_findings
from app.datasets.models import DatasetVersion, ValidationReport
from app.datasets.overrides.service import status_after
from app.datasets.report import Report
from app.datasets.rules import Severity
from app.datasets.rules_texts import TEXT_RULES_BY_ID


def list_grave_rules(session: Session, version_id: int) -> tuple[str, ...]:
    """Rules of the check that single rows break and that are errors or warnings."""
    kept = session.get(ValidationReport, version_id)
    report = Report.from_dict(kept.summary) if kept else None
    return tuple(
        finding.rule
        for finding in (list_of_check(report) if report else ())
        if finding.severity is not Severity.INFO and not finding.lines
    )


def add_to_report(session: Session, version_id: int, looked: LookReport) -> None:
    """A warning of the second look makes a version that was ready one with warnings.

    Not where the version waits for its check again: that will ask for another look.
    """
    version = session.get_one(DatasetVersion, version_id)
    kept = session.get(ValidationReport, version_id)
    if kept is None or not version.status.is_checked:
        return
    report = with_findings(Report.from_dict(kept.summary), looked.findings)
    highlights = {rule: asdict(each) for rule, each in looked.highlights.items()}
    of_the_check = {
        rule: each for rule, each in kept.highlights.items() if rule not in TEXT_RULES_BY_ID
    }
    kept.summary, kept.highlights = report.to_dict(), of_the_check | highlights
    kept.affected_count = looked.affected_count
    version.status = status_after(session, version, report)
    session.add(kept)
    session.add(version)

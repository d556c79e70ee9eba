"""What the page of a rule's severity shows: what each provider says of it, what people decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.datasets.fitting import severity_of
from app.datasets.models import DatasetVersion
from app.datasets.profiles import ReportProfile
from app.datasets.report_pages import FindingView, view_finding
from app.datasets.rules import Severity


@dataclass(frozen=True, slots=True)
class SeverityView:
    """`by_profile` has None where a provider sees nothing wrong."""

    finding: FindingView
    by_profile: Sequence[tuple[ReportProfile, Severity | None]]
    severities: Sequence[Severity] = tuple(Severity)

    @property
    def own(self) -> Severity:
        """The severity of the rule itself."""
        rule = self.finding.rule
        return rule.severity if rule else self.finding.finding.severity

    @property
    def is_refused(self) -> bool:
        """Whether a provider would refuse such rows, whatever people decide here."""
        return Severity.ERROR in {severity for _, severity in self.by_profile}


def view_severity(session: Session, version: DatasetVersion, rule_id: str) -> SeverityView:
    """Raises NotFound where the report has no such finding."""
    view = view_finding(session, version, rule_id)
    own = view.rule.severity if view.rule else view.finding.severity
    by_profile = [(each, severity_of(rule_id, each, own)) for each in ReportProfile]
    return SeverityView(view, by_profile)

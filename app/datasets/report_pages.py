"""What the report page shows: findings in words, the verdict for a provider, charts, cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.errors import NotFound
from app.datasets import costs
from app.datasets.catalogue import RULES_BY_ID
from app.datasets.chart_pages import Chart, draw_charts, draw_label_chart
from app.datasets.costs import Cost
from app.datasets.families import find_family
from app.datasets.formats import DatasetFormat
from app.datasets.highlights import Highlight
from app.datasets.models import DatasetVersion, ValidationReport, VersionStatus
from app.datasets.overrides.models import SeverityOverride
from app.datasets.overrides.service import Overrides, judge, judge_by, list_overrides
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile, find_profile
from app.datasets.report import Finding, Report, visible
from app.datasets.rules import Rule, Severity
from app.datasets.tokens import encoding_for_model
from app.web.filters import number
from app.web.language import gettext

COMPLETION_MODELS = ("babbage-002", "davinci-002", "tiny-completion")
MOST_EPOCHS = 50


@dataclass(frozen=True, slots=True)
class FindingView:
    """`can_browse`: whether single rows break the rule. `override`: what people decided."""

    finding: Finding
    sentence: str
    highlight: Highlight
    can_browse: bool
    override: SeverityOverride | None = None

    @property
    def rule(self) -> Rule | None:
        """None where the rule is no longer known."""
        return RULES_BY_ID.get(self.finding.rule)


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The verdict for one kind of provider, as the status a version would have."""

    profile: ReportProfile
    status: VersionStatus
    is_current: bool


@dataclass(frozen=True, slots=True)
class CostView:
    """`counts_differ`: the model's tokens are cut by another table than these counts."""

    cost: Cost
    models: Sequence[str]
    limit: int | None
    over_count: int
    counts_differ: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """`affected_count` is None where severities are not those it was counted with."""

    report: Report
    profile: ReportProfile
    profiles: Sequence[ProfileView]
    seconds: float
    affected_count: int | None
    findings: Sequence[FindingView]
    charts: Sequence[Chart]
    label_figure: str
    cost: CostView

    def count(self, severity: str) -> int:
        return sum(1 for view in self.findings if view.finding.severity == severity)

    @property
    def labels_are_single_tokens(self) -> bool:
        return all(label.tokens == 1 for label in self.report.labels)

    @property
    def suffix(self) -> str:
        return suffix_of(self.profile)


def suffix_of(profile: ReportProfile) -> str:
    """What addresses add to stay with the provider."""
    return "" if profile is DEFAULT_PROFILE else f"?for={profile.value}"


def view_report(
    session: Session,
    version: DatasetVersion,
    model: str = "",
    epochs: int | None = None,
    profile_name: str = "",
) -> ReportView | None:
    """None where there is no report yet. An unknown model has no price and no limit."""
    kept = session.get(ValidationReport, version.id)
    if kept is None:
        return None
    whole = Report.from_dict(kept.summary)
    overrides = list_overrides(session, version.dataset_id)
    profile = find_profile(profile_name)
    report = judge_by(overrides, version, whole, profile)
    cost = _cost(report, model[:100], epochs)
    return ReportView(
        report=report,
        profile=profile,
        profiles=_profiles(overrides, version, whole, profile),
        seconds=kept.seconds,
        affected_count=kept.affected_count if _grave(report) == _grave(whole) else None,
        findings=_findings(report, kept, overrides),
        charts=draw_charts(report, version, cost.limit),
        label_figure=draw_label_chart(report, version),
        cost=cost,
    )


def find_report(
    session: Session, version: DatasetVersion, profile: ReportProfile = DEFAULT_PROFILE
) -> Report | None:
    """As it is judged for the profile."""
    kept = session.get(ValidationReport, version.id)
    return judge(session, version, Report.from_dict(kept.summary), profile) if kept else None


def list_findings(
    session: Session, version: DatasetVersion, profile: ReportProfile = DEFAULT_PROFILE
) -> list[FindingView]:
    kept = session.get(ValidationReport, version.id)
    if kept is None:
        return []
    overrides = list_overrides(session, version.dataset_id)
    report = judge_by(overrides, version, Report.from_dict(kept.summary), profile)
    return _findings(report, kept, overrides)


def view_finding(session: Session, version: DatasetVersion, rule_id: str) -> FindingView:
    """Of any profile: some see what others do not."""
    for profile in ReportProfile:
        for view in list_findings(session, version, profile):
            if view.finding.rule == rule_id:
                return view
    raise NotFound("The report has no such finding.")


def say_finding(finding: Finding) -> str:
    """In the reader's language."""
    params = {
        key: number(value) if isinstance(value, int) else visible(value)
        for key, value in finding.params.items()
    }
    return gettext(finding.sentence).format(**params)


def _findings(report: Report, kept: ValidationReport, overrides: Overrides) -> list[FindingView]:
    return [
        FindingView(
            finding=finding,
            sentence=say_finding(finding),
            highlight=_highlight(kept, finding),
            can_browse=bool(_highlight(kept, finding).lines) and not finding.lines,
            override=overrides.get(finding.rule),
        )
        for finding in report.findings
    ]


def _highlight(kept: ValidationReport, finding: Finding) -> Highlight:
    """What only a profile finds has no lines."""
    found = kept.highlights.get(finding.rule)
    return Highlight.from_dict(found) if found else Highlight(())


def _profiles(
    overrides: Overrides, version: DatasetVersion, report: Report, current: ReportProfile
) -> list[ProfileView]:
    verdicts = {each: judge_by(overrides, version, report, each).verdict for each in ReportProfile}
    return [
        ProfileView(profile, VersionStatus(verdict.value), profile is current)
        for profile, verdict in verdicts.items()
    ]


def _grave(report: Report) -> set[str]:
    """Rules with lines that warn or block."""
    return {
        finding.rule
        for finding in report.findings
        if finding.severity is not Severity.INFO and not finding.lines
    }


def _cost(report: Report, model: str, epochs: int | None) -> CostView:
    priced = costs.USD_PER_MILLION_TRAINED_TOKENS
    chosen = model or find_family(report.model, priced) or report.model
    limit = costs.find_token_limit(chosen)
    within = min(max(1, epochs), MOST_EPOCHS) if epochs else None
    encoding, is_known = encoding_for_model(chosen)
    return CostView(
        cost=report.cost(chosen, within),
        models=_models(report, chosen),
        limit=limit,
        over_count=report.sums_within(limit).over,
        counts_differ=is_known and encoding.value != report.statistics.encoding,
    )


def _models(report: Report, chosen: str) -> list[str]:
    """Those that take rows of this format, the chosen one first where it is none of them."""
    takes_completions = report.format is DatasetFormat.COMPLETION
    fitting = [
        model
        for model in costs.USD_PER_MILLION_TRAINED_TOKENS
        if (model in COMPLETION_MODELS) == takes_completions
    ]
    return fitting if chosen in fitting else [chosen, *fitting]

"""What the report page shows: findings in words, distributions, charts, cost for a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.errors import NotFound
from app.datasets import costs
from app.datasets.costs import Cost
from app.datasets.families import find_family
from app.datasets.figures import draw_histogram, draw_labels, list_ranges
from app.datasets.formats import DatasetFormat
from app.datasets.highlights import Highlight
from app.datasets.models import DatasetVersion, ValidationReport
from app.datasets.report import Finding, Report
from app.datasets.statistics import Distribution
from app.datasets.tokens import encoding_for_model
from app.web.filters import number
from app.web.language import gettext

COMPLETION_MODELS = ("babbage-002", "davinci-002", "tiny-completion")
MOST_EPOCHS = 50


@dataclass(frozen=True, slots=True)
class FindingView:
    """`can_browse`: whether single rows break the rule."""

    finding: Finding
    sentence: str
    highlight: Highlight
    can_browse: bool


@dataclass(frozen=True, slots=True)
class Chart:
    id: str
    title: str
    figure: str
    caption: str
    distribution: Distribution
    bins: Sequence[tuple[str, int]]


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
    report: Report
    seconds: float
    affected_count: int
    findings: Sequence[FindingView]
    charts: Sequence[Chart]
    label_figure: str
    cost: CostView

    def count(self, severity: str) -> int:
        return sum(1 for view in self.findings if view.finding.severity == severity)


def view_report(
    session: Session, version: DatasetVersion, model: str = "", epochs: int | None = None
) -> ReportView | None:
    """None where there is no report yet. An unknown model has no price and no limit."""
    kept = session.get(ValidationReport, version.id)
    if kept is None:
        return None
    report = Report.from_dict(kept.summary)
    cost = _cost(report, model[:100], epochs)
    return ReportView(
        report=report,
        seconds=kept.seconds,
        affected_count=kept.affected_count,
        findings=_findings(report, kept),
        charts=_charts(report, version, cost.limit),
        label_figure=_label_figure(report, version),
        cost=cost,
    )


def find_report(session: Session, version: DatasetVersion) -> Report | None:
    kept = session.get(ValidationReport, version.id)
    return Report.from_dict(kept.summary) if kept else None


def list_findings(session: Session, version: DatasetVersion) -> list[FindingView]:
    kept = session.get(ValidationReport, version.id)
    return _findings(Report.from_dict(kept.summary), kept) if kept else []


def view_finding(session: Session, version: DatasetVersion, rule_id: str) -> FindingView:
    for view in list_findings(session, version):
        if view.finding.rule == rule_id:
            return view
    raise NotFound("The report has no such finding.")


def say_finding(finding: Finding) -> str:
    """In the reader's language."""
    params = {k: number(v) if isinstance(v, int) else v for k, v in finding.params.items()}
    return gettext(finding.sentence).format(**params)


def _findings(report: Report, kept: ValidationReport) -> list[FindingView]:
    return [
        FindingView(
            finding=finding,
            sentence=say_finding(finding),
            highlight=Highlight.from_dict(kept.highlights[finding.rule]),
            can_browse=bool(kept.highlights[finding.rule]["lines"]) and not finding.lines,
        )
        for finding in report.findings
    ]


def _charts(report: Report, version: DatasetVersion, limit: int | None) -> list[Chart]:
    """The same three columns as histogram and as figures."""
    titles = {
        "tokens_per_example": gettext("Tokens per example"),
        "assistant_tokens_per_example": gettext("Answer tokens per example"),
        "messages_per_example": gettext("Messages per example"),
    }
    charts = []
    for name, title in titles.items():
        distribution = getattr(report.statistics, name)
        shown_limit = limit if name == "tokens_per_example" else None
        histogram = getattr(report.histograms, name)
        figure = draw_histogram(f"{version.id}-{name}", histogram, title, shown_limit)
        bins = [
            pair for pair in zip(list_ranges(histogram), histogram.counts, strict=True) if pair[1]
        ]
        caption, chart_id = _caption(distribution), name.replace("_", "-")
        charts.append(Chart(chart_id, title, figure, caption, distribution, bins))
    return charts


def _caption(distribution: Distribution) -> str:
    if distribution.min == distribution.max:
        return gettext("Every example has {value}.").format(value=number(distribution.max))
    return gettext("Half of the examples have at most {median}; nine in ten at most {p90}.").format(
        median=number(round(distribution.median)), p90=number(round(distribution.p90))
    )


def _label_figure(report: Report, version: DatasetVersion) -> str:
    if not report.labels:
        return ""
    return draw_labels(f"{version.id}-labels", report.labels)


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

"""A kept report judged anew: for the provider it is meant for, and as people decided.

    fitted = fit_report(report, ReportProfile.AZURE, {"blank_line": Severity.INFO})
    fitted.verdict, fitted.findings

Nothing is read again: severities change, findings come and go with the profile. What holds for
which provider is data: `Rule.profiles`, REFUSED_FORMATS and limits, taken from the providers' pages
and the sentences of their errors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.datasets import rules_advice as advice
from app.datasets import rules_lines
from app.datasets.advice import Params
from app.datasets.catalogue import RULES_BY_ID
from app.datasets.formats import DatasetFormat
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile
from app.datasets.report import Finding, Report, sort_findings
from app.datasets.rules import Rule, Severity

Severities = Mapping[str, Severity]

REFUSED_FORMATS = {
    (ReportProfile.ENGINE, DatasetFormat.REINFORCEMENT): advice.REINFORCEMENT_REFUSED,
    (ReportProfile.OPENAI, DatasetFormat.REINFORCEMENT): advice.REINFORCEMENT_RETIRED,
    (ReportProfile.OPENAI, DatasetFormat.COMPLETION): advice.COMPLETION_RETIRED,
    (ReportProfile.AZURE, DatasetFormat.COMPLETION): advice.COMPLETION_UNLISTED,
}


def fit_report(
    report: Report,
    profile: ReportProfile = DEFAULT_PROFILE,
    overrides: Severities | None = None,
    *,
    may_be_small: bool = False,
) -> Report:
    """`overrides` are people's severities by rule; `may_be_small`, as a validation part."""
    found = [*_of_profile(report, profile, may_be_small), *_beside(report, profile)]
    decided = [_override(finding, overrides or {}) for finding in found]
    return replace(report, findings=sort_findings(decided))


def severity_of(rule_id: str, profile: ReportProfile, severity: Severity) -> Severity | None:
    """As the profile has it; `severity` is the one of a rule that is no longer known."""
    rule = RULES_BY_ID.get(rule_id)
    return rule.severity_for(profile) if rule else severity


def _override(finding: Finding, overrides: Severities) -> Finding:
    return replace(finding, severity=overrides.get(finding.rule, finding.severity))


def _of_profile(report: Report, profile: ReportProfile, may_be_small: bool) -> Iterator[Finding]:
    for finding in report.findings:
        severity = severity_of(finding.rule, profile, finding.severity)
        if may_be_small and finding.rule == rules_lines.TOO_FEW_EXAMPLES.id:
            severity = Severity.INFO
        if severity is not None:
            yield replace(finding, severity=severity)


def _beside(report: Report, profile: ReportProfile) -> Iterator[Finding]:
    """What only this provider has against it."""
    refused = REFUSED_FORMATS.get((profile, report.format))
    if refused is not None and report.examples:
        yield _find(refused, {})
    yield from _on_size(report, profile)
    if profile is ReportProfile.AZURE and report.examples:
        yield from _of_azure(report)


def _on_size(report: Report, profile: ReportProfile) -> Iterator[Finding]:
    limit = advice.MAX_UPLOAD_BYTES.get(profile)
    if limit is not None and report.size > limit:
        sizes = {"size": -(-report.size // advice.MEBIBYTE), "limit": limit // advice.MEBIBYTE}
        yield _find(advice.FILE_TOO_LARGE, sizes)
    graded = report.format is DatasetFormat.REINFORCEMENT and profile is ReportProfile.OPENAI
    if graded and report.examples > advice.MAX_GRADED_EXAMPLES:
        params = {"examples": report.examples, "limit": advice.MAX_GRADED_EXAMPLES}
        yield _find(advice.TOO_MANY_EXAMPLES, params)


def _of_azure(report: Report) -> Iterator[Finding]:
    if all(finding.rule != rules_lines.BYTE_ORDER_MARK.id for finding in report.findings):
        yield _find(advice.MISSING_BYTE_ORDER_MARK, {})
    cost = report.cost()
    if cost.billed_tokens > advice.MAX_JOB_TOKENS:
        params = {
            "epochs": cost.n_epochs,
            "tokens": cost.billed_tokens,
            "limit": advice.MAX_JOB_TOKENS,
        }
        yield _find(advice.TOO_MANY_JOB_TOKENS, params)


def _find(rule: Rule, params: Params) -> Finding:
    return Finding(rule.id, rule.severity, rule.sentence, 1, dict(params))

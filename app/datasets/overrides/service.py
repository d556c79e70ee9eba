"""Severities as people decided them, and the verdicts that follow.

    judge(session, version, report, profile)     # the report as it counts for this version

Stored on a version is the verdict for any compatible server; what another provider says is
reckoned from the kept report when it is asked for.
"""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.datasets.catalogue import RULES_BY_ID
from app.datasets.fitting import fit_report
from app.datasets.models import DatasetVersion, ValidationReport, VersionPart, VersionStatus
from app.datasets.overrides.models import SeverityOverride
from app.datasets.overrides.schemas import SeverityChoice
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile, find_profile
from app.datasets.report import Report, Verdict
from app.datasets.rules import Rule, Severity
from app.datasets.service import get_dataset

Overrides = Mapping[str, SeverityOverride]


def override_severity(
    session: Session, actor: Actor, version: DatasetVersion, rule_id: str, data: SeverityChoice
) -> SeverityOverride:
    """For the whole dataset of the version; a later one takes the place of an earlier."""
    rule = _get_rule(rule_id)
    if not version.status.is_checked:
        raise Conflict("The version is not checked yet.")
    get_dataset(session, version.dataset_id, lock=True)
    earlier = find_override(session, version.dataset_id, rule_id)
    before = earlier.severity if earlier else rule.severity
    if data.severity is before and (earlier or not rule.profiles):
        raise Invalid("That is its severity already.", field="severity")
    if earlier is not None:
        session.delete(earlier)
        session.flush()
    override = SeverityOverride(
        dataset_id=version.dataset_id,
        rule=rule_id,
        severity=data.severity,
        reason=data.reason,
        created_by_id=actor.id,
        created_by=actor.name,
    )
    session.add(override)
    session.flush()
    detail: dict[str, object] = {
        "rule": rule_id,
        "from": before,
        "to": data.severity,
        "reason": data.reason,
    }
    record(session, actor, AuditAction.SEVERITY_OVERRIDDEN, "dataset", version.dataset_id, detail)
    _judge_anew(session, version.dataset_id, rule_id)
    return override


def restore_severity(session: Session, actor: Actor, version: DatasetVersion, rule_id: str) -> None:
    """Back to the severity of the rule."""
    rule = _get_rule(rule_id)
    get_dataset(session, version.dataset_id, lock=True)
    override = find_override(session, version.dataset_id, rule_id)
    if override is None:
        raise Conflict("The rule has its own severity already.")
    detail: dict[str, object] = {"rule": rule_id, "from": override.severity, "to": rule.severity}
    session.delete(override)
    session.flush()
    record(session, actor, AuditAction.SEVERITY_RESTORED, "dataset", version.dataset_id, detail)
    _judge_anew(session, version.dataset_id, rule_id)


def find_override(session: Session, dataset_id: int, rule_id: str) -> SeverityOverride | None:
    return list_overrides(session, dataset_id).get(rule_id)


def list_overrides(session: Session, dataset_id: int) -> Overrides:
    """By rule."""
    query = select(SeverityOverride).where(SeverityOverride.dataset_id == dataset_id)
    return {override.rule: override for override in session.exec(query)}


def judge(
    session: Session,
    version: DatasetVersion,
    report: Report,
    profile: ReportProfile = DEFAULT_PROFILE,
) -> Report:
    return judge_by(list_overrides(session, version.dataset_id), version, report, profile)


def judge_by(
    overrides: Overrides,
    version: DatasetVersion,
    report: Report,
    profile: ReportProfile = DEFAULT_PROFILE,
) -> Report:
    """With the overrides of its dataset at hand."""
    may_be_small = version.part is VersionPart.VALIDATION
    return fit_report(report, profile, _severities(overrides), may_be_small=may_be_small)


def judge_for_job(
    session: Session, version: DatasetVersion, report: Report, profile_name: str
) -> Verdict:
    """For the profile of a connection; how many examples it takes is for the job to say."""
    severities = _severities(list_overrides(session, version.dataset_id))
    return fit_report(report, find_profile(profile_name), severities, may_be_small=True).verdict


def status_after(session: Session, version: DatasetVersion, report: Report) -> VersionStatus:
    """What a check of the version ends with."""
    get_dataset(session, version.dataset_id, lock=True)
    return VersionStatus(judge(session, version, report).verdict.value)


def _judge_anew(session: Session, dataset_id: int, rule_id: str) -> None:
    """The checked versions of the dataset that break the rule."""
    overrides = list_overrides(session, dataset_id)
    checked = [status for status in VersionStatus if status.is_checked]
    query = (
        select(DatasetVersion, ValidationReport)
        .join(ValidationReport, col(ValidationReport.version_id) == col(DatasetVersion.id))
        .where(DatasetVersion.dataset_id == dataset_id, col(DatasetVersion.status).in_(checked))
    )
    for version, kept in session.exec(query):
        if any(finding["rule"] == rule_id for finding in kept.summary["findings"]):
            report = judge_by(overrides, version, Report.from_dict(kept.summary))
            version.status = VersionStatus(report.verdict.value)
            session.add(version)


def _severities(overrides: Overrides) -> dict[str, Severity]:
    return {rule: override.severity for rule, override in overrides.items()}


def _get_rule(rule_id: str) -> Rule:
    if rule_id not in RULES_BY_ID:
        raise NotFound("There is no such rule.")
    return RULES_BY_ID[rule_id]

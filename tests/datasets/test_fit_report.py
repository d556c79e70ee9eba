"""One report judged for several providers, and as people decided, without reading anything."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.catalogue import RULES
from app.datasets.fitting import fit_report
from app.datasets.formats import DatasetFormat
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile, find_profile
from app.datasets.report import LimitSums, Report, Verdict
from app.datasets.rules import Severity
from app.datasets.validation import check_file
from app.provider.profiles import PROFILES
from tests.datasets.conftest import Check, Row, chat_row, jsonl
from tests.datasets.profile_cases import GRADED, PLAIN, PROFILE_CASES


def severity_in(report: Report, rule_id: str) -> Severity | None:
    return next((found.severity for found in report.findings if found.rule == rule_id), None)


@pytest.mark.parametrize(("rule_id", "profile", "severity", "content"), PROFILE_CASES)
def test_a_provider_sees_a_rule_its_own_way(
    check: Check,
    rule_id: str,
    profile: ReportProfile,
    severity: Severity | None,
    content: list[Row] | bytes,
) -> None:
    assert severity_in(fit_report(check(content).report, profile), rule_id) is severity


def test_the_profile_changes_the_verdict(check: Check) -> None:
    report = check(GRADED).report
    verdicts = {profile: fit_report(report, profile).verdict for profile in ReportProfile}
    assert verdicts[ReportProfile.ENGINE] is Verdict.BLOCKED
    assert verdicts[ReportProfile.OPENAI] is Verdict.WARNING
    assert verdicts[ReportProfile.AZURE] is Verdict.READY


def test_the_default_profile_judges_as_the_check_did(check: Check) -> None:
    for content in (PLAIN, GRADED, [*PLAIN, {"messages": []}], b""):
        report = check(content).report
        assert fit_report(report, DEFAULT_PROFILE) == report


@pytest.mark.parametrize(
    ("profile", "megabytes", "is_found"),
    [
        (ReportProfile.AZURE, 513, True),
        (ReportProfile.AZURE, 512, False),
        (ReportProfile.OPENAI, 513, False),
        (ReportProfile.OPENAI, 8_193, True),
        (ReportProfile.COMPATIBLE, 99_999, False),
    ],
)
def test_a_file_may_be_too_large(
    check: Check, profile: ReportProfile, megabytes: int, is_found: bool
) -> None:
    report = replace(check(PLAIN).report, size=megabytes << 20)
    found = [each for each in fit_report(report, profile).findings if each.rule == "file_too_large"]
    assert [each.severity for each in found] == [Severity.ERROR] * is_found
    assert all(str(megabytes) in each.message for each in found)


def test_graded_examples_and_tokens_of_a_job_have_a_limit(check: Check) -> None:
    graded = replace(check(GRADED).report, examples=50_001)
    assert severity_in(fit_report(graded, ReportProfile.OPENAI), "too_many_examples")
    fewer = fit_report(replace(graded, examples=50_000), ReportProfile.OPENAI)
    assert severity_in(fewer, "too_many_examples") is None
    plain = check(PLAIN).report
    huge = tuple(LimitSums(sums.limit, 0, 10**9, 10**9) for sums in plain.sums)
    fitted = fit_report(replace(plain, sums=huge), ReportProfile.AZURE)
    assert severity_in(fitted, "too_many_job_tokens") is Severity.ERROR
    assert severity_in(fit_report(plain, ReportProfile.AZURE), "too_many_job_tokens") is None


def test_a_validation_part_may_be_small(check: Check) -> None:
    report = check(PLAIN[:3]).report
    assert fit_report(report, ReportProfile.OPENAI).verdict is Verdict.BLOCKED
    small = fit_report(report, ReportProfile.OPENAI, may_be_small=True)
    assert small.verdict is Verdict.READY


def test_what_people_decided_comes_last(check: Check) -> None:
    report = check([*PLAIN, PLAIN[0]]).report
    assert fit_report(report).verdict is Verdict.WARNING
    raised = fit_report(report, overrides={"few_examples": Severity.ERROR})
    assert raised.verdict is Verdict.BLOCKED
    assert raised.findings[0].rule == "few_examples"
    lowered = fit_report(report, overrides={"duplicate_example": Severity.INFO})
    assert lowered.verdict is Verdict.READY
    assert [found.count for found in lowered.findings] == [1, 1]


def test_every_connection_has_a_report_profile() -> None:
    assert {find_profile(name) for name in PROFILES} <= set(ReportProfile)
    assert find_profile("engine") is ReportProfile.ENGINE
    assert find_profile("somebody") is find_profile("") is DEFAULT_PROFILE


@settings(max_examples=100, deadline=None)
@given(
    overrides=st.dictionaries(
        st.sampled_from([rule.id for rule in RULES]) | st.text(max_size=5),
        st.sampled_from(list(Severity)),
    ),
    profile=st.sampled_from(list(ReportProfile)),
    row_format=st.sampled_from(list(DatasetFormat)),
    size=st.integers(0, 2**60),
    examples=st.integers(0, 10**7),
)
def test_any_report_fits(
    plain_report: Report,
    overrides: dict[str, Severity],
    profile: ReportProfile,
    row_format: DatasetFormat,
    size: int,
    examples: int,
) -> None:
    report = replace(plain_report, format=row_format, size=size, examples=examples)
    fitted = fit_report(report, profile, overrides)
    order = [list(Severity).index(found.severity) for found in fitted.findings]
    assert order == sorted(order)
    assert len({found.rule for found in fitted.findings}) == len(fitted.findings)
    assert all("{" not in found.message for found in fitted.findings)


@pytest.fixture(scope="module")
def plain_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("plain")
    path = folder / "data.jsonl"
    path.write_bytes(jsonl([chat_row(n) for n in range(12)]))
    return check_file(path, index_path=folder / "index")

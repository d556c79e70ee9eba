"""Whatever the bytes: a report, the same figures from every side, and no exception."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.catalogue import RULES_BY_ID
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import CHAT_KEYS, COMPLETION_KEYS, PREFERENCE_KEYS, DatasetFormat
from app.datasets.report import Report, Verdict
from app.datasets.reporting import build_report, finding_lines
from app.datasets.rules_chat import KNOWN_KEYS
from app.datasets.validation import CheckCancelled, check_file
from tests.datasets.conftest import Check, chat_row, jsonl
from tests.datasets.row_cases import ROW_CASES

KEYS = [
    *KNOWN_KEYS,
    *CHAT_KEYS,
    *PREFERENCE_KEYS,
    *COMPLETION_KEYS,
    "function",
    "arguments",
    "type",
]
Scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
Json = st.recursive(
    Scalars | st.sampled_from(["user", "assistant", "tool", "", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
KnownRows = st.sampled_from([row for _, _, row, _ in ROW_CASES])
Fuzz = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def assert_consistent(report: Report, index: ExampleIndex) -> None:
    assert len(index) in (0, report.lines)
    assert report.examples == len(index.example_rows()) <= report.lines
    assert report.ok == (report.verdict is not Verdict.BLOCKED)
    assert report.statistics.tokens_total == int(index.tokens.sum())
    assert report.statistics.assistant_tokens_total == int(index.assistant_tokens.sum())
    assert bool((index.assistant_tokens <= index.content_tokens).all())
    assert bool((index.content_tokens <= index.tokens).all())
    for finding in report.findings:
        assert finding.rule in RULES_BY_ID
        assert set(re.findall(r"\{(\w+)\}", finding.sentence)) == set(finding.params)
        lines = finding_lines(index.rows_with, finding)
        assert lines == sorted(set(lines))
        assert len(lines) in (0, finding.count)
        assert all(1 <= line <= max(report.lines, 1) for line in lines)
    assert Report.from_dict(orjson.loads(orjson.dumps(report.to_dict()))) == report
    assert build_report(index) == report


@Fuzz
@given(content=st.binary(max_size=400))
def test_any_bytes(check: Check, content: bytes) -> None:
    checked = check(content, max_line_bytes=100)
    assert_consistent(checked.report, checked.index)


@Fuzz
@given(
    rows=st.lists(Json | KnownRows, max_size=12),
    how=st.sampled_from(["auto", *DatasetFormat]),
)
def test_any_json(check: Check, rows: list[Any], how: str) -> None:
    checked = check(rows, format=how)
    assert_consistent(checked.report, checked.index)


@Fuzz
@given(cut=st.integers(0, 900), put=st.binary(max_size=3), bom=st.booleans())
def test_any_damage(check: Check, cut: int, put: bytes, bom: bool) -> None:
    content = jsonl(chat_row(number) for number in range(12))
    damaged = b"\xef\xbb\xbf" * bom + content[:cut] + put + content[cut + 1 :]
    checked = check(damaged)
    assert_consistent(checked.report, checked.index)


@pytest.mark.parametrize("put", [b'"', b"}", b"\x00", b"\xff", b"\n", b"\\"])
def test_damage_stays_on_its_line(check: Check, put: bytes) -> None:
    lines = [orjson.dumps(chat_row(number)) for number in range(12)]
    lines[7] = lines[7][:20] + put + lines[7][20:]
    checked = check(b"\n".join(lines))
    broken = {line for finding in checked.report.findings
              if finding.severity == "error" for line in checked.lines(finding.rule)}  # fmt: skip
    assert broken == ({8, 9} if put == b"\n" else {8})


def test_many_batches_keep_their_order(check: Check) -> None:
    rows = [chat_row(number, note=1) if number % 1000 == 999 else chat_row(number)
            for number in range(20_000)]  # fmt: skip
    checked = check(rows)
    assert_consistent(checked.report, checked.index)
    assert checked.lines("unrecognized_key") == list(range(1000, 20_001, 1000))
    assert checked.report.statistics.messages_per_example.mean == 3.0
    assert np.all(np.diff(checked.index.offset) > 0)


def test_progress_is_told_and_can_end_it(tmp_path: Path) -> None:
    path, index_path = tmp_path / "data", tmp_path / "index"
    path.write_bytes(jsonl(chat_row(number) for number in range(20_000)))
    told: list[tuple[int, int]] = []

    def stop_at_the_end(bytes_done: int, rows: int) -> bool:
        told.append((bytes_done, rows))
        return rows < 20_000

    with pytest.raises(CheckCancelled):
        check_file(path, index_path=index_path, progress=stop_at_the_end)
    assert told == sorted(set(told))
    assert len(told) > 1
    assert told[-1] == (path.stat().st_size, 20_000)
    assert not index_path.exists()


def test_what_a_killed_check_left_is_swept(tmp_path: Path) -> None:
    path, index_path = tmp_path / "data", tmp_path / "index"
    path.write_bytes(jsonl([chat_row()]))
    left = tmp_path / "index.columns"
    left.mkdir()
    (left / "tokens").write_bytes(b"half")
    assert check_file(path, index_path=index_path).examples == 1
    assert not left.exists()


@pytest.mark.parametrize("options", [{"format": "yaml"}, {"encoding": "p50k_base"}])
def test_a_word_that_does_not_exist_is_refused(check: Check, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        check([chat_row()], **options)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_file(tmp_path / "nothing", index_path=tmp_path / "index")
    assert list(tmp_path.iterdir()) == []

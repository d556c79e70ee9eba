"""A check of bytes or rows, with its report and index at hand."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.datasets.example_index import ExampleIndex
from app.datasets.report import Finding, Report
from app.datasets.reporting import finding_lines
from app.datasets.validation import check_file

Row = dict[str, Any]


def chat_row(number: int = 0, **extra: Any) -> Row:
    return {
        "messages": [
            {"role": "system", "content": "Answer briefly."},
            {"role": "user", "content": f"What is {number} + 1?"},
            {"role": "assistant", "content": f"It is {number + 1}, of course."},
        ]
    } | extra


def jsonl(rows: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@dataclass(frozen=True)
class Checked:
    path: Path
    report: Report
    index: ExampleIndex

    def finding(self, rule_id: str) -> Finding:
        return next(found for found in self.report.findings if found.rule == rule_id)

    def lines(self, rule_id: str) -> list[int]:
        return finding_lines(self.index.rows_with, self.finding(rule_id))

    @property
    def rule_ids(self) -> set[str]:
        return {finding.rule for finding in self.report.findings}


Check = Callable[..., Checked]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """`check(content, **options of check_file)`; content is bytes or rows."""

    def check_content(content: bytes | list[Any], **options: Any) -> Checked:
        path = tmp_path / "data.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else jsonl(content))
        index_path = tmp_path / "data.index"
        report = check_file(path, index_path=index_path, **options)
        return Checked(path, report, ExampleIndex.open(index_path))

    return check_content

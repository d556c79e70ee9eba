"""The check of a version: rules, tokens and statistics, in constant memory.

    report = check_file(path, index_path=path_of_the_index, model="gpt-4.1-mini")

The check writes the example index (example_index.py); the report is read from it (reporting.py).
Texts are counted in a second thread while the next rows are parsed. The version is checked in parts
(parts.py): what is finished stays beside the index until all is, so that a check that was killed
goes on where it was; the index is the same whatever the cuts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.datasets import rules_lines
from app.datasets.crew import share_parts
from app.datasets.example_index import ExampleIndex
from app.datasets.index_writer import IndexWriter
from app.datasets.lines import (
    MAX_LINE_BYTES,
    count_lines,
    find_file_problem,
    has_byte_order_mark,
)
from app.datasets.merging import merge
from app.datasets.parts import PART_BYTES, RULE_IDS, PartFolder, cut, iter_finished
from app.datasets.planning import Plan, make_plan
from app.datasets.report import Report
from app.datasets.reporting import build_report
from app.datasets.whole_set import survey_whole_set

Progress = Callable[[int, int], bool]


class CheckCancelled(Exception):
    """The progress callback answered False; no index was written, finished parts stay."""


def check_file(
    path: Path,
    *,
    index_path: Path,
    format: str = "auto",  # noqa: A002 - the word of the command line and of the pages
    model: str | None = None,
    encoding: str | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
    processes: int = 1,
    part_bytes: int = PART_BYTES,
) -> Report:
    """Checks the file, leaves its index at `index_path`, returns the report.

    `progress(bytes_done, rows)` is called at the start, with what an earlier check has finished,
    and many times after; answering False ends it with CheckCancelled. `processes`: 1 reads in this
    process, with two threads; more are started beside it. Raises OSError when the file cannot be
    read, and nothing else whatever the file holds.
    """
    plan = make_plan(path, format, model, encoding, max_line_bytes)
    problem = find_file_problem(path)
    if problem is not None:
        with IndexWriter(index_path, RULE_IDS) as writer:
            writer.finish(_header(plan, count_lines(path), [problem.id], []))
    else:
        folder = PartFolder.open(index_path, plan, path.stat().st_size, part_bytes)
        _check_parts(path, plan, folder, index_path, _Counter(progress), processes, part_bytes)
        folder.remove()
    return build_report(ExampleIndex.open(index_path))


class _Counter:
    """Adds up what is done for the progress callback."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._bytes = self._rows = 0

    def __call__(self, bytes_done: int, rows: int) -> None:
        self._bytes += bytes_done
        self._rows += rows
        if self._progress is not None and not self._progress(self._bytes, self._rows):
            raise CheckCancelled


def _check_parts(
    path: Path,
    plan: Plan,
    folder: PartFolder,
    index_path: Path,
    tell: _Counter,
    processes: int,
    part_bytes: int,
) -> None:
    parts = cut(path.stat().st_size, part_bytes)
    finished = {part: index for part in parts if (index := folder.find(part)) is not None}
    tell(
        sum(index.header["bytes"] for index in finished.values()),
        sum(len(index) for index in finished.values()),
    )
    missing = [part for part in parts if part not in finished]
    share_parts(path, plan, folder, missing, tell, processes)
    with IndexWriter(index_path, RULE_IDS) as writer:
        labels = merge(writer, iter_finished(folder, parts))
        header = _header(plan, writer.rows, _file_rules(path, writer), labels)
        whole = survey_whole_set(path, plan.format, plan.max_line_bytes, writer, labels)
        writer.finish(header | whole)


def _file_rules(path: Path, writer: IndexWriter) -> list[str]:
    found = [rules_lines.BYTE_ORDER_MARK.id] if has_byte_order_mark(path) else []
    if not any(lengths.any() for _, lengths in writer.parts("length")):
        found.append(rules_lines.EMPTY_FILE.id)
    return found


def _header(plan: Plan, lines: int, file_rules: list[str], labels: list[str]) -> dict[str, Any]:
    return plan.to_dict() | {"lines": lines, "file_rules": file_rules, "labels": labels}

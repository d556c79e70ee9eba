"""One pass over a version: rules, tokens and statistics, in constant memory.

    report = check_file(path, index_path=path_of_the_index, model="gpt-4.1-mini")

The pass writes the example index (example_index.py); the report is read from it (report.py).
Texts are counted in a second thread while the next rows are parsed.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_lines
from app.datasets.batches import Batch
from app.datasets.catalogue import RULES
from app.datasets.costs import default_model, find_token_limit
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat, detect_format
from app.datasets.index_writer import IndexWriter
from app.datasets.labels import LabelTable
from app.datasets.lines import (
    MAX_LINE_BYTES,
    count_lines,
    find_file_problem,
    has_byte_order_mark,
    read_lines,
)
from app.datasets.measures import Meter
from app.datasets.parsing import parse_line
from app.datasets.report import Report
from app.datasets.reporting import build_report
from app.datasets.tokens import Encoding, EncodingName, encoding_for_model, get_encoding

DETECT_ROWS = 100
DETECT_BYTES = 1 << 20
WAITING_BATCHES = 2
HASH_BUCKET_ROWS = 1 << 17

Progress = Callable[[int, int], bool]


class CheckCancelled(Exception):
    """The progress callback answered False; no index was written."""


@dataclass(frozen=True, slots=True)
class Plan:
    """As what a version is checked, and for which model."""

    format: DatasetFormat
    model: str
    encoding: EncodingName
    encoding_known: bool = True
    max_line_bytes: int = MAX_LINE_BYTES


def check_file(
    path: Path,
    *,
    index_path: Path,
    format: str = "auto",  # noqa: A002 - the word of the command line and of the pages
    model: str | None = None,
    encoding: str | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> Report:
    """Checks the file, leaves its index at `index_path`, returns the report.

    `progress(bytes_done, rows)` is called many times; answering False ends it with
    CheckCancelled. Raises OSError when the file cannot be read, and nothing else whatever
    the file holds.
    """
    plan = make_plan(path, format, model, encoding, max_line_bytes)
    problem = find_file_problem(path)
    with IndexWriter(index_path, [rule.id for rule in RULES]) as writer:
        if problem is not None:
            header = _header(plan, count_lines(path), [problem.id], [])
        else:
            header = _check_rows(path, plan, writer, progress or _go_on)
        writer.finish(header)
    return build_report(ExampleIndex.open(index_path))


def make_plan(
    path: Path,
    format: str = "auto",  # noqa: A002
    model: str | None = None,
    encoding: str | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Plan:
    """Raises ValueError for a format or an encoding that does not exist."""
    row_format = _detect(path, max_line_bytes) if format == "auto" else DatasetFormat(format)
    chosen = model or default_model(row_format, encoding)
    name, known = (EncodingName(encoding), True) if encoding else encoding_for_model(chosen)
    return Plan(row_format, chosen, name, known, max_line_bytes)


def _detect(path: Path, max_line_bytes: int) -> DatasetFormat:
    with path.open("rb") as stream:
        return detect_format(_first_rows(stream, max_line_bytes))


def _first_rows(stream: BinaryIO, max_line_bytes: int) -> Iterator[Any]:
    for line in islice(read_lines(stream, max_line_bytes), DETECT_ROWS):
        if line.text is not None:
            yield parse_line(line.text).value
        if line.offset > DETECT_BYTES:
            return


def _check_rows(path: Path, plan: Plan, writer: IndexWriter, progress: Progress) -> dict[str, Any]:
    encoding, labels = get_encoding(plan.encoding), LabelTable()
    meter = Meter(encoding.count)
    with (
        path.open("rb", buffering=1 << 20) as stream,
        _Counting(encoding, plan, writer) as counting,
    ):
        lines = read_lines(stream, plan.max_line_bytes)
        done = 0
        while batch := Batch.read(lines, plan.format, meter, labels):
            counting.submit(batch)
            done += batch.line_count
            if not progress(stream.tell(), done):
                raise CheckCancelled
    _mark_repeated(writer)
    file_rules = _file_rules(path, writer)
    return _header(plan, writer.rows, file_rules, labels.labels)


class _Counting:
    """Counts batches in a second thread and appends them to the index in their order."""

    def __init__(self, encoding: Encoding, plan: Plan, writer: IndexWriter) -> None:
        self._encoding = encoding
        self._limit = find_token_limit(plan.model)
        self._writer = writer
        self._waiting: deque[tuple[Batch, Future[NDArray[np.int64]]]] = deque()
        self._pool = ThreadPoolExecutor(1, "count-tokens")

    def __enter__(self) -> "_Counting":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        while self._waiting and kind is None:
            self._append_first()
        self._pool.shutdown(cancel_futures=True)

    def submit(self, batch: Batch) -> None:
        future = self._pool.submit(self._encoding.count_many, batch.texts.texts)
        self._waiting.append((batch, future))
        if len(self._waiting) > WAITING_BATCHES:
            self._append_first()

    def _append_first(self) -> None:
        batch, future = self._waiting.popleft()
        self._writer.append(*batch.columns(future.result(), self._limit))


def _mark_repeated(writer: IndexWriter) -> None:
    """By buckets of hashes, so that sorting never holds more than some hundred thousand."""
    buckets = writer.rows // HASH_BUCKET_ROWS + 1
    for bucket in range(buckets):
        rows, hashes = _bucket(writer, bucket, buckets)
        _, first = np.unique(hashes, return_index=True)
        repeated = np.delete(rows, first)
        if len(repeated):
            writer.mark(repeated, rules_lines.DUPLICATE_EXAMPLE.id)


def _bucket(
    writer: IndexWriter, bucket: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Rows and hashes of the examples of one bucket."""
    rows, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for start, part in writer.parts("content_hash"):
        here = np.flatnonzero((part % np.uint64(buckets) == bucket) & (part != 0))
        rows.append(here + start)
        hashes.append(part[here])
    return np.concatenate(rows), np.concatenate(hashes)


def _file_rules(path: Path, writer: IndexWriter) -> list[str]:
    found = [rules_lines.BYTE_ORDER_MARK.id] if has_byte_order_mark(path) else []
    if not any(lengths.any() for _, lengths in writer.parts("length")):
        found.append(rules_lines.EMPTY_FILE.id)
    return found


def _header(plan: Plan, lines: int, file_rules: list[str], labels: list[str]) -> dict[str, Any]:
    return {
        "format": plan.format.value,
        "model": plan.model,
        "encoding": plan.encoding.value,
        "encoding_known": plan.encoding_known,
        "max_line_bytes": plan.max_line_bytes,
        "lines": lines,
        "file_rules": file_rules,
        "labels": labels,
    }


def _go_on(_bytes_done: int, _rows: int) -> bool:
    return True

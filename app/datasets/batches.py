"""Some thousand lines on their way through a check, as columns of the example index."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_lines
from app.datasets.catalogue import BITS, check_row
from app.datasets.formats import DatasetFormat
from app.datasets.labels import LabelTable
from app.datasets.lines import Line
from app.datasets.measures import (
    ANSWER,
    CONTENT,
    Measures,
    Meter,
    Texts,
    content_hash,
    label_of,
    system_hash,
)
from app.datasets.parsing import Parsed, parse_line

BATCH_BYTES = 1 << 20
BATCH_LINES = 1 << 13
FORMAT_NUMBERS = {None: 0} | {each: 1 + place for place, each in enumerate(DatasetFormat)}
NO_MEASURES = Measures()


@dataclass(slots=True)
class Batch:
    """One entry a line in each list; `broken_rules` has rows with findings only."""

    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    formats: list[int] = field(default_factory=list)
    measures: list[Measures] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    broken_rules: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    texts: Texts = field(default_factory=Texts)
    size: int = 0

    @classmethod
    def read(
        cls, lines: Iterator[Line], row_format: DatasetFormat, meter: Meter, labels: LabelTable
    ) -> Self | None:
        """The next batch, None after the last line."""
        batch = cls()
        for line in lines:
            batch._add(line, row_format, meter, labels)
            if batch.size >= BATCH_BYTES or batch.line_count >= BATCH_LINES:
                break
        return batch if batch.line_count else None

    @property
    def line_count(self) -> int:
        return len(self.offsets)

    def columns(
        self, counts: NDArray[np.int64], limit: int | None
    ) -> tuple[dict[str, NDArray[Any]], dict[int, int]]:
        """What the index takes, once the tokens of `texts` are counted."""
        added = np.array([measures.added_tokens for measures in self.measures], np.int64)
        tokens = added + self._sum_tokens(counts, 0)
        if limit is not None:
            for row in np.flatnonzero(tokens > limit).tolist():
                self.broken_rules[row] |= BITS[rules_lines.OVER_TOKEN_LIMIT.id]
        columns: dict[str, NDArray[Any]] = {
            "offset": np.array(self.offsets, np.int64),
            "length": np.array(self.lengths, np.int64),
            "format": np.array(self.formats, np.uint8),
            "turns": np.array([measures.turns for measures in self.measures], np.uint32),
            "roles": np.array([measures.roles for measures in self.measures], np.uint8),
            "tokens": tokens,
            "assistant_tokens": self._sum_tokens(counts, ANSWER),
            "content_tokens": self._sum_tokens(counts, CONTENT),
            "content_hash": np.array(self.hashes, np.uint64),
            "system_hash": np.array([system_hash(m.system) for m in self.measures], np.uint64),
            "label": np.array(self.labels, np.int32),
        }
        return columns, self.broken_rules

    def _add(self, line: Line, row_format: DatasetFormat, meter: Meter, labels: LabelTable) -> None:
        number = self.line_count
        self.offsets.append(line.offset)
        self.lengths.append(line.length)
        self.size += line.length
        if line.is_crlf:
            self.broken_rules[number] |= BITS[rules_lines.CRLF.id]
        parsed = Parsed(rule=line.problem) if line.text is None else parse_line(line.text)
        if parsed.rule is not None:
            self.broken_rules[number] |= BITS[parsed.rule.id]
        if parsed.is_plain and row_format is DatasetFormat.CHAT:
            measures = meter.measure_plain(parsed.value["messages"], number, self.texts)
            self._add_measures(row_format, measures, parsed.canonical, labels)
        else:
            self._add_row(parsed, row_format, meter, labels)

    def _add_row(
        self, parsed: Parsed, row_format: DatasetFormat, meter: Meter, labels: LabelTable
    ) -> None:
        number, row = self.line_count - 1, parsed.value
        if parsed.canonical:
            for problem in check_row(row, row_format):
                self.broken_rules[number] |= BITS[problem.rule.id]
        if isinstance(row, dict):
            measures = meter.measure(row, row_format, number, self.texts)
            self._add_measures(row_format, measures, parsed.canonical, labels)
        else:
            self._add_measures(None, NO_MEASURES, b"", labels)

    def _add_measures(
        self,
        row_format: DatasetFormat | None,
        measures: Measures,
        canonical: bytes,
        labels: LabelTable,
    ) -> None:
        self.formats.append(FORMAT_NUMBERS[row_format])
        self.measures.append(measures)
        self.hashes.append(content_hash(canonical) if canonical else 0)
        self.labels.append(labels.number(label_of(measures.answer)))

    def _sum_tokens(self, counts: NDArray[np.int64], part: int) -> NDArray[np.int64]:
        """Per line, over the texts that have all bits of `part`."""
        rows = np.frombuffer(self.texts.rows, np.int64)
        chosen = np.frombuffer(self.texts.parts, np.uint8) & part == part
        sums = np.bincount(rows[chosen], weights=counts[chosen], minlength=self.line_count)
        return sums.astype(np.int64)

"""A whole source becomes JSON lines: the same bytes for the same source and mapping.

Beside each output stands its row map, a numpy array `(examples, 2)` of row number and line in
the source: row_map(path)[5] says where line 6 of the output came from.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.core.errors import Invalid
from app.datasets.imports import rows
from app.datasets.imports.duplicates import Duplicates
from app.datasets.imports.mapping import Keep, Mapping
from app.datasets.imports.outputs import Output
from app.datasets.imports.rendering import Renderer, drop_system
from app.datasets.imports.rows import LeftOut, Reason, SourceRow
from app.datasets.imports.sorting import SortKeys
from app.datasets.imports.sources import Source

PROGRESS_ROWS = 1_000
MOST_KINDS = 10_000
WITHOUT_SYSTEM = ".without-system"

Progress = Callable[[int], bool]


class ImportCancelled(Exception):
    """The progress callback answered False; what was written is gone."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    path: Path
    row_map: Path
    examples: int
    size: int
    is_without_system: bool = False


@dataclass(frozen=True, slots=True)
class LeftOutRows:
    """Row numbers in order, why each is left out, and the row that stays instead of it (or 0)."""

    numbers: NDArray[np.int64]
    reasons: NDArray[np.uint16]
    kept: NDArray[np.int64]
    kinds: tuple[Reason, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def counts(self) -> dict[Reason, int]:
        """Most frequent first."""
        found = Counter(self.reasons.tolist())
        return {self.kinds[kind]: count for kind, count in found.most_common()}

    def rows_of(self, reason: Reason, limit: int | None = None) -> list[int]:
        kind = self.kinds.index(reason)
        return list(self.numbers[np.flatnonzero(self.reasons == kind)[:limit]].tolist())


@dataclass(frozen=True, slots=True)
class Conversion:
    """`outputs` are one file, or two: with and without system messages."""

    outputs: tuple[OutputFile, ...]
    rows: int
    examples: int
    left_out: LeftOutRows

    @property
    def has_problems(self) -> bool:
        """Whether rows are missing that nobody asked to leave out."""
        return any(reason.is_problem for reason in self.left_out.counts)


def convert(
    source: Source, mapping: Mapping, out: Path, progress: Progress | None = None
) -> Conversion:
    """Writes `out` and its row map, and the second file where the mapping asks for it.

    `progress(rows)` is called now and then; answering False ends it with ImportCancelled. Raises
    MappingRefused, and Invalid where the source turns out to be damaged; nothing stays then.
    """
    renderer = Renderer(mapping, source.columns)
    outputs = [Output(out)]
    if mapping.also_without_system:
        outputs.append(Output(second_path(out)))
    conversion = _Conversion(renderer, mapping, outputs)
    try:
        for row in source.rows():
            conversion.take(row)
            if row.number % PROGRESS_ROWS == 0 and progress and not progress(row.number):
                raise ImportCancelled
        return conversion.finish()
    finally:
        for output in outputs:
            output.close()


def second_path(out: Path) -> Path:
    return out.with_name(f"{out.stem}{WITHOUT_SYSTEM}{out.suffix}")


def row_map_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.rows.npy")


def row_map(path: Path) -> NDArray[np.int64]:
    """(examples, 2): row number and line in the source. Memory-mapped."""
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


class _Conversion:
    def __init__(self, renderer: Renderer, mapping: Mapping, outputs: list[Output]) -> None:
        self._renderer = renderer
        self._mapping = mapping
        self._outputs = outputs
        self._duplicates = Duplicates()
        self._sort_keys = SortKeys()
        self._numbers, self._lines = array("q"), array("q")
        self._left_out = (array("q"), array("H"), array("q"))
        self._kinds: dict[Reason, int] = {}
        self._row_count = 0

    def take(self, row: SourceRow) -> None:
        self._row_count += 1
        if row.values is None:
            self._leave_out(row.number, row.reason or rows.NOT_AN_OBJECT)
            return
        try:
            example, key, sort_value = self._renderer.render(row.values)
        except LeftOut as error:
            self._leave_out(row.number, error.reason)
            return
        place = self._place(row, key)
        if place is None:
            return
        if sort_value is not None:
            self._sort_keys.put(place, sort_value)
        self._outputs[0].put(place, example)
        for second in self._outputs[1:]:
            second.put(place, drop_system(example))

    def finish(self) -> Conversion:
        order = self._order()
        row_numbers = np.stack(
            [np.asarray(self._numbers, np.int64), np.asarray(self._lines, np.int64)], axis=1
        )
        files = []
        for position, output in enumerate(self._outputs):
            size = output.finish(order)
            map_path = row_map_path(output.path)
            np.save(map_path, row_numbers if order is None else row_numbers[order])
            files.append(OutputFile(output.path, map_path, len(row_numbers), size, position == 1))
        return Conversion(tuple(files), self._row_count, len(row_numbers), self._all_left_out())

    def _place(self, row: SourceRow, key: str | None) -> int | None:
        """The number of the example the row becomes, from 0; None where another one stays."""
        earlier = self._duplicates.find(key, len(self._numbers)) if key is not None else None
        if earlier is None:
            self._numbers.append(row.number)
            self._lines.append(row.line)
            return len(self._numbers) - 1
        if self._mapping.keep is Keep.FIRST:
            self._leave_out(row.number, rows.DUPLICATE, self._numbers[earlier])
            return None
        self._leave_out(self._numbers[earlier], rows.DUPLICATE, row.number)
        self._numbers[earlier], self._lines[earlier] = row.number, row.line
        return earlier

    def _leave_out(self, number: int, reason: Reason, kept: int = 0) -> None:
        kind = self._kinds.setdefault(reason, len(self._kinds))
        if kind > MOST_KINDS:
            raise Invalid("Rows are left out for too many different reasons.")
        for column, value in zip(self._left_out, (number, kind, kept), strict=True):
            column.append(value)

    def _order(self) -> NDArray[np.int64] | None:
        if self._mapping.sort_by is None:
            return None
        return self._sort_keys.order(descending=self._mapping.descending)

    def _all_left_out(self) -> LeftOutRows:
        numbers, reasons, kept = map(np.asarray, self._left_out)
        order = np.argsort(numbers, kind="stable")
        return LeftOutRows(numbers[order], reasons[order], kept[order], tuple(self._kinds))

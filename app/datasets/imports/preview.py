"""The first rows of a source beside what the mapping makes of them."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from app.datasets.imports.mapping import Mapping, MappingProblem
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.rendering import Example, MappingRefused, Renderer, drop_system
from app.datasets.imports.rows import LeftOut, Reason, SourceRow
from app.datasets.imports.sources import Source


class PreviewRow(NamedTuple):
    """`example` is None where `reason` says why the row would be left out."""

    row: SourceRow
    example: Example | None
    without_system: Example | None
    reason: Reason | None


class Preview(NamedTuple):
    """No rows where `problems` say that the mapping does not fit."""

    recognition: Recognition
    rows: tuple[PreviewRow, ...]
    problems: tuple[MappingProblem, ...] = ()


def preview(source: Source, mapping: Mapping, count: int = 5) -> Preview:
    """Duplicates are not looked for: that takes the whole source. May raise Invalid."""
    try:
        renderer = Renderer(mapping, source.columns)
    except MappingRefused as error:
        return Preview(source.recognition, (), error.problems)
    return Preview(source.recognition, tuple(_rows(source, renderer, mapping, count)))


def _rows(source: Source, renderer: Renderer, mapping: Mapping, count: int) -> Iterator[PreviewRow]:
    for row in islice(source.rows(), count):
        if row.values is None:
            yield PreviewRow(row, None, None, row.reason)
            continue
        try:
            example = renderer.render(row.values).example
        except LeftOut as error:
            yield PreviewRow(row, None, None, error.reason)
            continue
        second = drop_system(example) if mapping.also_without_system else None
        yield PreviewRow(row, example, second, None)

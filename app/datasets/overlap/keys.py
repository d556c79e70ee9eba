"""What two rows must share to overlap, as numbers; 0 where a row has nothing to share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from app.datasets.deep.near import MOST_LETTERS
from app.datasets.deep.texts import Pieces, normalise, take_apart
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.measures import content_hash
from app.datasets.overlap.grouping import group_at
from app.datasets.reading import iter_lines

ROWS_PER_BATCH = 1_000

Numbers = NDArray[np.uint64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Side:
    """A version with what is needed to read it."""

    stream: BinaryIO
    index: ExampleIndex

    @property
    def format(self) -> DatasetFormat:
        return DatasetFormat(self.index.header["format"])


@dataclass(frozen=True, slots=True)
class TextKeys:
    """`text` is what is compared for likeness: without system messages, which many rows share.

    No more of it is kept than is compared, however long the row.
    """

    whole: int
    beginning: int
    text: str


def iter_batches(rows: Rows) -> Iterator[Rows]:
    for start in range(0, len(rows), ROWS_PER_BATCH):
        yield rows[start : start + ROWS_PER_BATCH]


def read_text_keys(side: Side, rows: Rows) -> list[TextKeys]:
    lines = iter_lines(side.stream, side.index, rows)
    return [text_keys(orjson.loads(line), side.format) for line in lines]


def read_group_keys(side: Side, rows: Rows, path: str) -> Numbers:
    lines = iter_lines(side.stream, side.index, rows)
    return np.array([_number(group_at(orjson.loads(line), path)) for line in lines], np.uint64)


def text_keys(row: dict[str, Any], row_format: DatasetFormat) -> TextKeys:
    said = _normalised(take_apart(row, row_format))
    start = _normalised(take_apart(_up_to_question(row, row_format), row_format))
    return TextKeys(
        whole=_number("\0".join(said)),
        beginning=_number(f"{start.frame}\0{start.prompt}") if start.prompt else 0,
        text=f"{said.prompt} {said.answer}"[:MOST_LETTERS],
    )


def _normalised(pieces: Pieces) -> Pieces:
    return Pieces(*map(normalise, pieces))


def _up_to_question(row: dict[str, Any], row_format: DatasetFormat) -> dict[str, Any]:
    """The row without what comes after the first message of a user."""
    if row_format is DatasetFormat.PREFERENCE and isinstance(row.get("input"), dict):
        return row | {"input": _cut(row["input"])}
    return _cut(row)


def _cut(holder: dict[str, Any]) -> dict[str, Any]:
    messages = holder.get("messages")
    if not isinstance(messages, list):
        return holder
    asked = (
        place
        for place, message in enumerate(messages)
        if isinstance(message, dict) and message.get("role") == "user"
    )
    return holder | {"messages": messages[: next(asked, len(messages)) + 1]}


def _number(text: str | None) -> int:
    return content_hash(text.encode()) if text else 0

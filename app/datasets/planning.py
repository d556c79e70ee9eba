"""As what a version is checked: its format, the model, its tokenizer."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Self

from app.datasets.costs import default_model
from app.datasets.formats import DatasetFormat, detect_format
from app.datasets.lines import MAX_LINE_BYTES, read_lines
from app.datasets.parsing import parse_line
from app.datasets.tokens import EncodingName, encoding_for_model

DETECT_ROWS = 100
DETECT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """As what a version is checked, and for which model."""

    format: DatasetFormat
    model: str
    encoding: EncodingName
    encoding_known: bool = True
    max_line_bytes: int = MAX_LINE_BYTES

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        names = {
            "format": DatasetFormat(data["format"]),
            "encoding": EncodingName(data["encoding"]),
        }
        return cls(**data | names)


def make_plan(
    path: Path,
    format: str = "auto",  # noqa: A002 - the word of the command line and of the pages
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

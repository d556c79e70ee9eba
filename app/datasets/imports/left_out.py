"""The rows that did not become examples, as JSON lines to download and to mend."""

from pathlib import Path
from typing import Any

import orjson

from app.datasets.imports.conversion import LeftOutRows
from app.datasets.imports.rows import Reason, SourceRow
from app.datasets.imports.sources import Source


def write_left_out(source: Source, left_out: LeftOutRows, path: Path) -> int:
    """Reads the source again as far as needed; returns how many rows were written."""
    wanted = zip(
        left_out.numbers.tolist(), left_out.reasons.tolist(), left_out.kept.tolist(), strict=True
    )
    written = 0
    with path.open("wb") as stream:
        number, kind, kept = next(wanted, (0, 0, 0))
        for row in source.rows():
            if not number:
                break
            if row.number == number:
                stream.write(_line(row, left_out.kinds[kind], kept))
                written += 1
                number, kind, kept = next(wanted, (0, 0, 0))
    return written


def _line(row: SourceRow, reason: Reason, kept: int) -> bytes:
    document: dict[str, Any] = {
        "row": row.number,
        "line": row.line,
        "reason": reason.id,
        "message": reason.message,
    }
    if kept:
        document["kept_row"] = kept
    document["source"] = row.values if row.values is not None else row.text
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE, default=str)

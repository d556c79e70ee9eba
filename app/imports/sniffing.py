"""Whether a file holds examples already, by its first lines."""

from pathlib import Path
from typing import Any

import orjson

from app.datasets.filenames import ACCEPTED_SUFFIX
from app.datasets.imports.kinds import SourceKind
from app.datasets.imports.shapes import find_shape

START_BYTES = 1 << 18
LOOKED_AT = 50


def holds_examples(path: Path, name: str) -> bool:
    """JSON lines that are no examples at all go to the check too, which says what is wrong."""
    if not name.lower().endswith(ACCEPTED_SUFFIX):
        return False
    with path.open("rb") as stream:
        start = stream.read(START_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    values = [value for line in start.splitlines()[:LOOKED_AT] if (value := _object_of(line))]
    if values:
        return any(find_shape([value], SourceKind.JSON_LINES).is_ready for value in values)
    return not start.startswith((b"[", b"{\n", b"{\r"))


def _object_of(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None

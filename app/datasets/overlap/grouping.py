"""Groups that rows belong to by a value of theirs: a person, a document, a session."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np
import orjson

from app.datasets.example_index import ExampleIndex
from app.datasets.formats import CHAT_KEYS, COMPLETION_KEYS, PREFERENCE_KEYS
from app.datasets.overlap.models import LONGEST_PATH

OF_FORMATS = CHAT_KEYS | COMPLETION_KEYS | PREFERENCE_KEYS
SAMPLE_ROWS = 100
SAMPLE_BYTES = 1 << 16
MOST_PATHS = 30


def group_at(row: object, path: str) -> str | None:
    """The value at `metadata.user_id` as text; None where there is none that names a group.

    7 and "7" are the same group. A key may have dots itself.
    """
    value = _value_at(row, path)
    if value is None or isinstance(value, dict | list):
        return None
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text.strip() or None


def list_paths(stream: BinaryIO, index: ExampleIndex) -> list[str]:
    """Paths that occur in a sample of the rows, the most frequent first."""
    found = Counter(path for row in _sample(stream, index) for path in _paths_of(row))
    return sorted(found, key=lambda path: (-found[path], path))[:MOST_PATHS]


def _value_at(value: object, path: str) -> object:
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    heads = (path[:at] for at, letter in enumerate(path) if letter == ".")
    known = next((head for head in heads if head in value), None)
    return None if known is None else _value_at(value[known], path[len(known) + 1 :])


def _sample(stream: BinaryIO, index: ExampleIndex) -> Iterator[Any]:
    """Rows spread over the version; very long ones are left out."""
    places = np.unique(np.linspace(0, max(0, len(index) - 1), SAMPLE_ROWS).astype(np.int64))
    for row in places[places < len(index)]:
        if index.format[row] and index.length[row] <= SAMPLE_BYTES:
            stream.seek(int(index.offset[row]))
            yield orjson.loads(stream.read(int(index.length[row])))


def _paths_of(row: dict[str, Any]) -> Iterator[str]:
    for key in row.keys() - OF_FORMATS:
        value = row[key]
        inner = [f"{key}.{name}" for name in value] if isinstance(value, dict) else [key]
        yield from _usable(row, inner)


def _usable(row: dict[str, Any], paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if len(path) <= LONGEST_PATH and path.isprintable() and group_at(row, path) is not None:
            yield path

"""A line of a version as it may be shown: without what is private in it."""

from typing import Any

import orjson

from app.datasets.private_data import mask_private, mask_start
from app.datasets.reading import SHOWN_BYTES, Example

READ_IN_LISTS = 10_000


def mask_line(example: Example, longest: int | None = None) -> str:
    """As it stands in the file where nothing is private, else written anew.

    Texts are masked as they read, since escapes such as \\ubc88 hide words from a look at the line.
    """
    if example.value is None or (longest is not None and len(example.text) > READ_IN_LISTS):
        return mask_start(example.text, longest)
    plain = orjson.dumps(example.value).decode()
    masked = mask_private(orjson.dumps(_mask(example.value)).decode())
    shown = example.text if masked == plain else masked
    return shown[: longest or SHOWN_BYTES]


def _mask(value: Any) -> Any:
    """Keys too; the check bounds how deep a row is nested."""
    if isinstance(value, str):
        return mask_private(value)
    if isinstance(value, list):
        return [_mask(item) for item in value]
    if isinstance(value, dict):
        return {mask_private(key): _mask(item) for key, item in value.items()}
    return value

"""JSON lines written at places that may be filled again, and brought into an order at the end."""

import os
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

BUFFER_BYTES = 1 << 20
PART_SUFFIX = ".part"


class Output:
    """Written beside its path until it is finished."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + PART_SUFFIX)
        self._stream = self._part.open("w+b", buffering=BUFFER_BYTES)
        self._offsets, self._lengths = array("q"), array("q")
        self._end = 0
        self._is_in_order = True

    def put(self, place: int, example: dict[str, Any]) -> None:
        """At the next place, or again at one before."""
        line = orjson.dumps(example, option=orjson.OPT_APPEND_NEWLINE)
        self._stream.write(line)
        if place < len(self._offsets):
            self._offsets[place], self._lengths[place] = self._end, len(line)
            self._is_in_order = False
        else:
            self._offsets.append(self._end)
            self._lengths.append(len(line))
        self._end += len(line)

    def finish(self, order: NDArray[np.int64] | None = None) -> int:
        """Its size in bytes."""
        self._stream.flush()
        if order is None and self._is_in_order:
            self._part.replace(self.path)
            return self._end
        return self._copy(np.arange(len(self._offsets)) if order is None else order)

    def close(self) -> None:
        """What is not finished is gone."""
        self._stream.close()
        self._part.unlink(missing_ok=True)

    def _copy(self, order: NDArray[np.int64]) -> int:
        ordered = self._part.with_name(self._part.name + PART_SUFFIX)
        source = self._stream.fileno()
        try:
            with ordered.open("wb", buffering=BUFFER_BYTES) as target:
                for place in order.tolist():
                    target.write(os.pread(source, self._lengths[place], self._offsets[place]))
            ordered.replace(self.path)
        finally:
            ordered.unlink(missing_ok=True)
        return int(sum(self._lengths))

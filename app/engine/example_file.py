"""The examples of a checked file by number: read when asked for, only their places remembered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, overload

import numpy as np

from app.engine.examples import Example, to_example
from app.engine.rows import parse_row, read_places


class ExampleFile(Sequence[Example]):
    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb", buffering=1 << 16)
        self._places = np.fromiter(read_places(self._stream), np.int64)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        self._stream.seek(int(self._places[index]))
        return to_example(parse_row(index + 1, self._stream.readline()))

"""Parquet files as rows of named values."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.datasets.imports import rows
from app.datasets.imports.cells import is_blank
from app.datasets.imports.children import read_child
from app.datasets.imports.rows import SourceRow


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Raises Invalid."""
    with _open(path) as values:
        return tuple(next(values)["columns"])


def read_parquet(path: Path) -> Iterator[SourceRow]:
    with _open(path) as values:
        columns = next(values)["columns"]
        for number, cells in enumerate(values, 1):
            reason = rows.BLANK_ROW if all(map(is_blank, cells)) else None
            named = dict(zip(columns, cells, strict=True))
            yield SourceRow(number, number, None if reason else named, reason)


@contextmanager
def _open(path: Path) -> Iterator[Iterator[Any]]:
    with TemporaryDirectory(prefix="tuneboard-") as folder:
        link = Path(folder) / "source.parquet"
        link.symlink_to(path.resolve())
        with read_child("parquet_child", str(link)) as values:
            yield values

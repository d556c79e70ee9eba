"""A file checked and looked at by itself, as recipes read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.storage import Storage
from app.datasets.example_index import ExampleIndex
from app.datasets.models import DatasetVersion, VersionSource, VersionStatus
from app.datasets.validation import check_file
from app.recipes.rewriting import Edits, rewrite_lines
from app.recipes.selecting import Source
from app.recipes.steps import Step


@contextmanager
def open_file(folder: Path, data: bytes, format: str = "auto") -> Iterator[Source]:  # noqa: A002
    storage = Storage(folder)
    with storage.writer() as writer:
        writer.write(data)
        blob = writer.finish()
    index_path = storage.path(blob.sha256, ".index")
    check_file(storage.path(blob.sha256), index_path=index_path, format=format)
    version = DatasetVersion(
        id=1,
        dataset_id=1,
        number=1,
        filename="rows.jsonl",
        sha256=blob.sha256,
        size=blob.size,
        source=VersionSource.UPLOAD,
        created_by="Ed",
        status=VersionStatus.READY,
    )
    with storage.open(blob.sha256) as stream:
        yield Source(storage, version, ExampleIndex.open(index_path), stream)


def rewrite(source: Source, *steps: Step) -> bytes:
    edits = Edits.of(steps, source.format)
    rows = range(len(source.index))
    return b"".join(rewrite_lines(source.stream, source.index, rows, steps, edits))

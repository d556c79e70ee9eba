"""A check in parts: ranges of a version, each with an index of its own until all are there.

A part is the lines that begin in its range. Its index appears at once when it is done, in a folder
beside the index to come, so that a check that was killed goes on with the parts that are missing.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from app.datasets.batches import Batch
from app.datasets.catalogue import RULES
from app.datasets.costs import find_token_limit
from app.datasets.example_index import COLUMNS, MAGIC, BrokenIndex, ExampleIndex
from app.datasets.index_writer import IndexWriter
from app.datasets.labels import LabelTable
from app.datasets.lines import read_lines, seek_line
from app.datasets.measures import Meter
from app.datasets.planning import Plan
from app.datasets.tokens import Encoding, get_encoding

PART_BYTES = 16 << 20
WAITING_BATCHES = 2
RULE_IDS = [rule.id for rule in RULES]

# Told of each batch that is done: its bytes, its lines.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Of the bytes from `start` up to below `end`."""

    number: int
    start: int
    end: int


def cut(size: int, part_bytes: int = PART_BYTES) -> list[Part]:
    starts = range(0, size, part_bytes)
    return [Part(number, at, min(at + part_bytes, size)) for number, at in enumerate(starts)]


class PartFolder:
    """Parts of one check. What another check left, or the same one with other rules, goes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, index_path: Path, plan: Plan, size: int, part_bytes: int) -> Self:
        folder = cls(parts_path(index_path))
        known = [plan.to_dict(), size, part_bytes, RULE_IDS, COLUMNS, MAGIC.decode()]
        manifest, wanted = folder.path / "plan.json", orjson.dumps(known)
        if not manifest.is_file() or manifest.read_bytes() != wanted:
            folder.remove()
            folder.path.mkdir(parents=True)
            manifest.write_bytes(wanted)
        return folder

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, part: Part) -> Path:
        return self.path / f"part-{part.number:06}"

    def find(self, part: Part) -> ExampleIndex | None:
        """What an earlier check, or this one, has finished."""
        try:
            return ExampleIndex.open(self.file(part))
        except (FileNotFoundError, BrokenIndex):
            return None


def parts_path(index_path: Path) -> Path:
    return index_path.with_name(index_path.name + ".parts")


def write_part(path: Path, plan: Plan, part: Part, target: Path, tell: Tell) -> None:
    """Reads, checks and counts the lines of one part. What `tell` raises ends it."""
    labels, done = LabelTable(), 0
    with (
        path.open("rb", buffering=1 << 20) as stream,
        IndexWriter(target, RULE_IDS) as writer,
    ):
        start = seek_line(stream, part.start, part.end)
        if start is not None:
            _write_lines(stream, plan, range(start, part.end), writer, labels, tell)
            done = stream.tell() - start
        if labels.is_given_up:
            writer.fill("label", -1)
        writer.finish(
            {"labels": labels.labels, "labels_given_up": labels.is_given_up, "bytes": done}
        )


def _write_lines(
    stream: BinaryIO,
    plan: Plan,
    place: range,
    writer: IndexWriter,
    labels: LabelTable,
    tell: Tell,
) -> None:
    encoding = get_encoding(plan.encoding)
    meter, at = Meter(encoding.count), place.start
    lines = read_lines(stream, plan.max_line_bytes, place.start, place.stop)
    with _Counting(encoding, plan, writer) as counting:
        while batch := Batch.read(lines, plan.format, meter, labels):
            counting.submit(batch)
            tell(stream.tell() - at, batch.line_count)
            at = stream.tell()


class _Counting:
    """Counts batches in a second thread and appends them to the index in their order."""

    def __init__(self, encoding: Encoding, plan: Plan, writer: IndexWriter) -> None:
        self._encoding = encoding
        self._limit = find_token_limit(plan.model)
        self._writer = writer
        self._waiting: deque[tuple[Batch, Future[NDArray[np.int64]]]] = deque()
        self._pool = ThreadPoolExecutor(1, "count-tokens")

    def __enter__(self) -> "_Counting":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        while self._waiting and kind is None:
            self._append_first()
        self._pool.shutdown(cancel_futures=True)

    def submit(self, batch: Batch) -> None:
        future = self._pool.submit(self._encoding.count_many, batch.texts.texts)
        self._waiting.append((batch, future))
        if len(self._waiting) > WAITING_BATCHES:
            self._append_first()

    def _append_first(self) -> None:
        batch, future = self._waiting.popleft()
        self._writer.append(*batch.columns(future.result(), self._limit))


def iter_finished(folder: PartFolder, parts: list[Part]) -> Iterator[ExampleIndex]:
    """All parts in order. Raises FileNotFoundError where somebody took one away."""
    for part in parts:
        index = folder.find(part)
        if index is None:
            raise FileNotFoundError(folder.file(part))
        yield index

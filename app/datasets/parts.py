"""A check in parts: ranges of a version, each with an index of its own until all are there.

A part is the lines that begin in its range. Its index appears at once when it is done, in a folder
beside the index to come, so that a check that was killed goes on with the parts that are missing.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

import orjson

from app.datasets.batches import Batch
from app.datasets.catalogue import RULES
from app.datasets.costs import find_token_limit
from app.datasets.example_index import COLUMNS, MAGIC, BrokenIndex, ExampleIndex
from app.datasets.index_writer import IndexWriter
from app.datasets.labels import LabelTable
from app.datasets.lines import read_lines, seek_line
from app.datasets.measures import Meter
from app.datasets.planning import Plan
from app.datasets.tokens import get_encoding

PART_BYTES = 16 << 20
WAITING_BATCHES = 3
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


def write_parts(path: Path, plan: Plan, folder: PartFolder, parts: list[Part], tell: Tell) -> None:
    """Reads, checks and counts the lines of the parts, one after the other.

    What `tell` raises ends it; the parts that are finished stay.
    """
    with (
        path.open("rb", buffering=1 << 20) as stream,
        ExitStack() as writers,
        _Counting(plan) as counting,
    ):
        for part in parts:
            writer = writers.enter_context(IndexWriter(folder.file(part), RULE_IDS))
            labels = LabelTable()
            size = _read_part(stream, plan, part, labels, counting.into(writer), tell)
            counting.then(partial(_finish, writer, labels, size))


def _read_part(
    stream: BinaryIO,
    plan: Plan,
    part: Part,
    labels: LabelTable,
    put: Callable[[Batch], None],
    tell: Tell,
) -> int:
    """The bytes of the lines that begin in the part."""
    start = seek_line(stream, part.start, part.end)
    if start is None:
        return 0
    at, meter = start, Meter(get_encoding(plan.encoding).count)
    lines = read_lines(stream, plan.max_line_bytes, start, part.end)
    while batch := Batch.read(lines, plan.format, meter, labels):
        put(batch)
        tell(stream.tell() - at, batch.line_count)
        at = stream.tell()
    return at - start


def _finish(writer: IndexWriter, labels: LabelTable, size: int) -> None:
    if labels.is_given_up:
        writer.fill("label", -1)
    writer.finish({"labels": labels.labels, "labels_given_up": labels.is_given_up, "bytes": size})
    writer.close()


class _Counting:
    """Counts batches in a second thread and appends them to their index in their order.

    While the last ones of a part are counted the next part is read.
    """

    def __init__(self, plan: Plan) -> None:
        self._encoding = get_encoding(plan.encoding)
        self._limit = find_token_limit(plan.model)
        self._waiting: deque[Callable[[], None]] = deque()
        self._pool = ThreadPoolExecutor(1, "count-tokens")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._do_waiting(0)
        finally:
            self._pool.shutdown(cancel_futures=True)

    def into(self, writer: IndexWriter) -> Callable[[Batch], None]:
        def put(batch: Batch) -> None:
            future = self._pool.submit(self._encoding.count_many, batch.texts.texts)
            self.then(lambda: writer.append(*batch.columns(future.result(), self._limit)))

        return put

    def then(self, action: Callable[[], None]) -> None:
        """Done when all that was put before is."""
        self._waiting.append(action)
        self._do_waiting(WAITING_BATCHES)

    def _do_waiting(self, left: int) -> None:
        while len(self._waiting) > left:
            self._waiting.popleft()()


def iter_finished(folder: PartFolder, parts: list[Part]) -> Iterator[ExampleIndex]:
    """All parts in order. Raises FileNotFoundError where somebody took one away."""
    for part in parts:
        index = folder.find(part)
        if index is None:
            raise FileNotFoundError(folder.file(part))
        yield index

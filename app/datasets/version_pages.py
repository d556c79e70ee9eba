"""What the pages of a version show beside the report: progress, rows, lineage."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import BinaryIO

from sqlmodel import Session

from app.core.clock import now
from app.core.errors import NotFound
from app.core.storage import Storage
from app.core.text import N_
from app.datasets import service
from app.datasets.browsing import (
    BrowsePage,
    BrowseQuery,
    NumbersPage,
    SingleLine,
    browse,
    list_numbers,
    show_line,
)
from app.datasets.checking import open_index
from app.datasets.conversations import Conversation, build_conversation
from app.datasets.deep.rows import TextProblems, find_rows
from app.datasets.masked_lines import READ_IN_LISTS, mask_line
from app.datasets.models import DatasetVersion
from app.datasets.reading import Example
from app.datasets.rules import Rule
from app.datasets.uses import JOBS, VERSIONS, Uses, count_uses
from app.web.language import gettext

LEAST_SECONDS_TO_GUESS = 1.0
SHOWN_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a check that runs, in bytes; rate and time are None while there is nothing to go by.

    `resumed` is what an earlier check had read, which was ended before its time.
    """

    done: int
    total: int
    resumed: int = 0
    bytes_per_second: float | None = None

    @property
    def seconds_left(self) -> float | None:
        rate = self.bytes_per_second
        return (self.total - self.done) / rate if rate else None


@dataclass(frozen=True, slots=True)
class ExampleView:
    """`raw` is the line where it is no conversation, `text` where it is the page; else empty.

    What is private is masked in all of it.
    """

    example: Example
    conversation: Conversation
    rules: Sequence[Rule]
    raw: str
    text: str

    @property
    def is_masked(self) -> bool:
        return bool(self.text) and self.text != self.example.text


@dataclass(frozen=True, slots=True)
class Browsing:
    """`line` is set where one line is looked at, `missing_line` where there is none such."""

    query: BrowseQuery
    page: BrowsePage
    views: Sequence[ExampleView]
    line: SingleLine | None = None
    missing_line: int | None = None

    def address(self, **changes: object) -> str:
        """The query of the address with some of it changed, `?q=refund&page=2`."""
        return self.query.address(changes)

    @property
    def pager_address(self) -> str:
        """What stands before the number of a page."""
        address = self.address()
        return f"{address}{'' if address == '?' else '&'}page="


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with its family: what it was made from, what was made from it, who uses it."""

    version: DatasetVersion
    dataset_name: str
    parent: DatasetVersion | None
    children: Sequence[DatasetVersion]
    uses: Uses

    @property
    def label(self) -> str:
        return service.NamedVersion(self.version, self.dataset_name).label

    @property
    def path(self) -> str:
        return path_of(self.version)

    @property
    def job_count(self) -> int:
        return self.uses.get(JOBS, 0)

    @property
    def blockers(self) -> list[str]:
        """Why it cannot be deleted, in the reader's language."""
        return [gettext(sentence) for sentence in _blockers(self)]


def view_progress(version: DatasetVersion) -> Progress:
    read, rate = version.checked_bytes - version.resumed_bytes, None
    if version.checking_since is not None and read:
        seconds = (now() - version.checking_since).total_seconds()
        rate = read / seconds if seconds >= LEAST_SECONDS_TO_GUESS else None
    return Progress(version.checked_bytes, version.size, version.resumed_bytes, rate)


def view_version(session: Session, dataset_id: int, number: int) -> ShownVersion:
    version = service.get_version_by_number(session, dataset_id, number)
    version_id, parent_id = version.id or 0, version.parent_version_id
    return ShownVersion(
        version=version,
        dataset_name=service.get_dataset(session, dataset_id).name,
        parent=service.get_version(session, parent_id) if parent_id else None,
        children=service.list_children(session, version_id),
        uses=count_uses(session, [version_id])[version_id],
    )


def path_of(version: DatasetVersion) -> str:
    return f"/datasets/{version.dataset_id}/versions/{version.number}"


def _blockers(shown: ShownVersion) -> Iterator[str]:
    if shown.children:
        yield N_("Other versions were made from it.")
    if any(count for table, count in shown.uses.items() if table != VERSIONS):
        yield N_("Jobs use it.")


def view_rows(
    storage: Storage, version: DatasetVersion, query: BrowseQuery, line: int | None
) -> Browsing | None:
    """None while there is no index: the version waits for its check."""
    index = open_index(storage, version)
    if index is None:
        return None
    rows_of = cache(partial(find_rows, storage, version, index))
    with open_bytes(storage, version) as stream:
        single = show_line(stream, index, query, line, rows_of) if line is not None else None
        if single is None:
            page = browse(stream, index, query, rows_of)
            texts = TextProblems(rows_of)
            views = [_view(example, texts) for example in page.examples]
            return Browsing(query, page, views, missing_line=line)
    view = _view(single.example, TextProblems(rows_of), is_whole=True)
    return Browsing(query, BrowsePage([single.example]), [view], single)


def view_numbers(
    storage: Storage, version: DatasetVersion, rule_id: str, page: int
) -> NumbersPage | None:
    """The lines that break a rule; None while there is no index."""
    index = open_index(storage, version)
    if index is None:
        return None
    return list_numbers(index, rule_id, page, partial(find_rows, storage, version, index))


def _view(example: Example, texts: TextProblems, *, is_whole: bool = False) -> ExampleView:
    if is_whole or len(example.text) <= READ_IN_LISTS:
        example = replace(example, problems=(*example.problems, *texts.of(example)))
    conversation = build_conversation(example, is_whole=is_whole)
    longest = None if is_whole else SHOWN_TEXT
    return ExampleView(
        example=example,
        conversation=conversation,
        rules=list({problem.rule.id: problem.rule for problem in example.problems}.values()),
        raw="" if conversation.turns else mask_line(example, longest),
        text=mask_line(example) if is_whole else "",
    )


@contextmanager
def open_bytes(storage: Storage, version: DatasetVersion) -> Iterator[BinaryIO]:
    try:
        stream = service.open_version(storage, version)
    except FileNotFoundError:
        raise NotFound("The bytes of this version are gone from the storage.") from None
    with stream:
        yield stream

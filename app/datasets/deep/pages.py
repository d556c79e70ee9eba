"""What pages show of the second look: figures by kind, and the groups with pairs side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from sqlmodel import Session

from app.core.errors import NotFound
from app.core.storage import Storage
from app.datasets.browsing import PAGE_NUMBERS, page_count
from app.datasets.checking import open_index
from app.datasets.conversations import Conversation, build_conversation
from app.datasets.deep.groups import Groups
from app.datasets.deep.groups_file import BrokenGroups, groups_path, read_groups
from app.datasets.deep.looking import Kind
from app.datasets.deep.models import DeepCheck, DeepStatus
from app.datasets.deep.rows import find_rows
from app.datasets.deep.service import find_deep_check
from app.datasets.deep.text_pages import TextsView, view_texts
from app.datasets.example_index import ExampleIndex
from app.datasets.models import DatasetVersion
from app.datasets.overrides.service import list_overrides
from app.datasets.profiles import DEFAULT_PROFILE, ReportProfile
from app.datasets.reading import read_rows
from app.datasets.report_json import describe_report, dump_json
from app.datasets.report_pages import find_report
from app.datasets.version_pages import open_bytes

GROUPS_PER_PAGE = 10
FIRST_LINES = 12
NOT_LOOKED = {"alike": None, "texts": None}


@dataclass(frozen=True, slots=True)
class KindView:
    kind: Kind
    group_count: int
    line_count: int


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Of the report; `kinds` and `texts` are filled once the look is done."""

    check: DeepCheck
    kinds: Sequence[KindView]
    texts: TextsView | None

    @property
    def is_waiting(self) -> bool:
        return self.check.status is DeepStatus.WAITING

    @property
    def is_done(self) -> bool:
        return self.check.status is DeepStatus.DONE


@dataclass(frozen=True, slots=True)
class LineView:
    line: int
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class GroupView:
    """`number` counts from 1; `lines` are those shown, `pair` one or two examples of the group."""

    number: int
    total: int
    lines: Sequence[int]
    pair: Sequence[LineView]


@dataclass(frozen=True, slots=True)
class GroupsPage:
    kind: Kind
    groups: Sequence[GroupView]
    total: int
    page: int
    pages: int


def view_alike(session: Session, version: DatasetVersion) -> AlikeView | None:
    """None while nothing was asked for, since the version waits for its check."""
    check = find_deep_check(session, version.id or 0)
    if check is None:
        return None
    kinds = [KindView(kind, **_counts(check, kind)) for kind in Kind if kind in check.findings]
    is_done = check.status is DeepStatus.DONE
    return AlikeView(check, kinds if is_done else [], view_texts(check))


def dump_version_report(
    session: Session,
    storage: Storage,
    version: DatasetVersion,
    profile: ReportProfile = DEFAULT_PROFILE,
) -> bytes:
    """Raises NotFound while the version waits for its check."""
    report, index = find_report(session, version, profile), open_index(storage, version)
    if report is None or index is None or not version.status.is_checked:
        raise NotFound("The version is not checked yet.")
    check = find_deep_check(session, version.id or 0)
    done = check if check and check.status is DeepStatus.DONE else None
    overrides = list_overrides(session, version.dataset_id)
    rows_of = partial(find_rows, storage, version, index)
    document = describe_report(version.filename, report, rows_of, profile, overrides)
    looked = {"alike": done.findings, "texts": done.texts} if done else NOT_LOOKED
    return dump_json(document | looked)


def view_groups(storage: Storage, version: DatasetVersion, kind: str, page: int) -> GroupsPage:
    """A page of groups, the largest first, each with its first lines."""
    found, index = _open(storage, version, kind)
    pages = page_count(len(found), GROUPS_PER_PAGE)
    page = min(page, pages)
    first = (page - 1) * GROUPS_PER_PAGE
    numbers = range(first, min(first + GROUPS_PER_PAGE, len(found)))
    with open_bytes(storage, version) as stream:
        views = [_view_group(stream, index, found, number, FIRST_LINES) for number in numbers]
    return GroupsPage(Kind(kind), views, len(found), page, pages)


def view_group(
    storage: Storage, version: DatasetVersion, kind: str, number: int, page: int
) -> GroupsPage:
    """One group with all its lines, a page of them."""
    found, index = _open(storage, version, kind)
    if not 1 <= number <= len(found):
        raise NotFound("The report has no such group.")
    pages = page_count(len(found.group(number - 1)), PAGE_NUMBERS)
    page = min(page, pages)
    with open_bytes(storage, version) as stream:
        start = (page - 1) * PAGE_NUMBERS
        view = _view_group(stream, index, found, number - 1, PAGE_NUMBERS, start)
    return GroupsPage(Kind(kind), [view], len(found), page, pages)


def _counts(check: DeepCheck, kind: Kind) -> dict[str, int]:
    counts = check.findings[kind]
    return {"group_count": counts["groups"], "line_count": counts["lines"]}


def _open(storage: Storage, version: DatasetVersion, kind: str) -> tuple[Groups, ExampleIndex]:
    index = open_index(storage, version)
    try:
        found = read_groups(groups_path(storage, version.sha256), kind)
    except (FileNotFoundError, BrokenGroups, KeyError):
        raise NotFound("The report has no such finding.") from None
    if index is None:
        raise NotFound("The report has no such finding.")
    return found, index


def _view_group(
    stream: BinaryIO, index: ExampleIndex, found: Groups, number: int, count: int, start: int = 0
) -> GroupView:
    rows = found.group(number)
    examples = read_rows(stream, index, _pick_pair(index, rows[:PAGE_NUMBERS].tolist()))
    pair = [LineView(example.line, build_conversation(example)) for example in examples]
    lines = (rows[start : start + count] + 1).tolist()
    return GroupView(number + 1, len(rows), lines, pair)


def _pick_pair(index: ExampleIndex, rows: list[int]) -> list[int]:
    """The first row, and the first that is not written like it, if there is one."""
    first = index.content_hash[rows[0]]
    return [rows[0], *[row for row in rows if index.content_hash[row] != first][:1]]

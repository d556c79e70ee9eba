"""The second look in the background, after the check: claimed by lease, with progress.

It costs several times the check, so nobody waits for it. Killed in the middle, it begins again
when the lease has run out; done twice, it writes the same.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.core.clock import now
from app.core.context import Context, Task
from app.core.leases import claim_attempt, release, renew
from app.core.logs import log
from app.datasets.blobs import discard_blob
from app.datasets.checking import index_path
from app.datasets.deep.groups_file import GROUPS_SUFFIX, groups_path
from app.datasets.deep.keeping import add_to_report, list_grave_rules
from app.datasets.deep.looked import LookOrder, LookReport, look_here, look_in_child
from app.datasets.deep.looking import LookCancelled
from app.datasets.deep.models import DeepCheck, DeepStatus
from app.datasets.example_index import BrokenIndex
from app.datasets.models import DatasetVersion

LEASE_SECONDS = 20.0
BEAT_SECONDS = 0.5

_large = threading.Semaphore(1)


class LookStopped(Exception):
    """The worker ends; another one begins anew."""


def look_at_version(context: Context) -> bool:
    """Look at one version that waits; False when there is none."""
    with _turn(context) as conditions:
        claimed = _claim(context, *conditions)
        if claimed is not None:
            _work(context, claimed)
    return claimed is not None


TASKS = [Task("datasets.look_deeper", look_at_version)]


def _work(context: Context, claimed: "_Claimed") -> None:
    try:
        looked = _look(context, claimed)
    except LookStopped:
        _give_back(context, claimed)
    except LookCancelled:
        _clean_up(context, claimed)
    except (OSError, BrokenIndex):  # a full disk may be free again when the lease has run out
        log.exception("deep_check_failed", version=claimed.version.id)
    else:
        _keep(context, claimed, looked)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """`grave` are the rules of the check that are errors or warnings."""

    check_id: int
    version: DatasetVersion
    grave: tuple[str, ...]


@dataclass
class Beat:
    """Renews the lease and notes progress, not at every call; False ends the look."""

    context: Context
    check_id: int
    due_at: float = field(default=0.0)

    def __call__(self, done: int, total: int) -> bool:
        if self.context.stop.is_set():
            raise LookStopped
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            if not _is_ours(session, self.context, self.check_id):
                return False
            check = session.get_one(DeepCheck, self.check_id)
            check.done_count, check.total_count = done, total
        return True


@contextmanager
def _turn(context: Context) -> Iterator[list[ColumnElement[bool]]]:
    """What may be claimed: larger versions by one thread at a time, small ones by any."""
    is_free = _large.acquire(blocking=False)
    try:
        small = col(DatasetVersion.size) <= context.settings.check_here_bytes
        versions = select(DatasetVersion.id).where(small)
        yield [] if is_free else [col(DeepCheck.version_id).in_(versions)]
    finally:
        if is_free:
            _large.release()


def _claim(context: Context, *conditions: ColumnElement[bool]) -> _Claimed | None:
    with context.db.write() as session:
        check = claim_attempt(
            session,
            DeepCheck,
            col(DeepCheck.status) == DeepStatus.WAITING,
            *conditions,
            owner=context.owner,
            seconds=LEASE_SECONDS,
            failed=DeepStatus.FAILED,
        )
        if check is None:
            return None
        version = session.get_one(DatasetVersion, check.version_id)
        return _Claimed(check.id or 0, version, list_grave_rules(session, check.version_id))


def _look(context: Context, claimed: _Claimed) -> LookReport:
    """Versions with the same bytes share what was found, so each writes beside it first."""
    version, storage = claimed.version, context.storage
    draft = storage.path(version.sha256, f".{version.id}{GROUPS_SUFFIX}")
    order = LookOrder(
        path=storage.path(version.sha256),
        index_path=index_path(storage, version.sha256),
        groups_path=draft,
        grave=claimed.grave,
    )
    is_small = version.size <= context.settings.check_here_bytes
    look = look_here if is_small else look_in_child
    looked = look(order, Beat(context, claimed.check_id))
    draft.replace(groups_path(storage, version.sha256))
    return looked


def _keep(context: Context, claimed: _Claimed, looked: LookReport) -> None:
    with context.db.write() as session:
        if not _is_ours(session, context, claimed.check_id):
            discard_blob(session, context.storage, claimed.version.sha256)
            return
        check = session.get_one(DeepCheck, claimed.check_id)
        check.status, check.done_at = DeepStatus.DONE, now()
        check.done_count = check.total_count
        check.compared_count = looked.compared_count
        check.different_count = looked.different_count
        check.findings = looked.alike
        check.texts = looked.figures.to_dict()
        add_to_report(session, check.version_id, looked)
        session.flush()
        release(session, DeepCheck, claimed.check_id, owner=context.owner)


def _give_back(context: Context, claimed: _Claimed) -> None:
    """Any worker may begin at once, and ending a worker is no failed attempt."""
    with context.db.write() as session:
        if _is_ours(session, context, claimed.check_id):
            check = session.get_one(DeepCheck, claimed.check_id)
            check.attempt_count = max(0, check.attempt_count - 1)
            session.flush()
            release(session, DeepCheck, claimed.check_id, owner=context.owner)


def _clean_up(context: Context, claimed: _Claimed) -> None:
    """The version was deleted meanwhile, or another worker looks; what is not needed goes."""
    with context.db.write() as session:
        discard_blob(session, context.storage, claimed.version.sha256)


def _is_ours(session: Session, context: Context, check_id: int) -> bool:
    return renew(session, DeepCheck, check_id, owner=context.owner, seconds=LEASE_SECONDS)

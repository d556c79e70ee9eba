"""The comparison of two versions in the background: claimed by lease, with progress.

Killed in the middle, it begins again when the lease has run out; done twice, it writes the same.
"""

import time
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app.core.clock import now
from app.core.context import Context, Task
from app.core.leases import claim_attempt, release, renew
from app.core.logs import log
from app.core.storage import Storage
from app.datasets.blobs import discard_blob
from app.datasets.checking import index_path
from app.datasets.example_index import BrokenIndex, ExampleIndex
from app.datasets.models import DatasetVersion
from app.datasets.overlap.compared import (
    CompareOrder,
    OverlapReport,
    compare_here,
    compare_in_child,
)
from app.datasets.overlap.comparing import ComparisonCancelled, count_exact
from app.datasets.overlap.kinds import OverlapKind
from app.datasets.overlap.models import Overlap, OverlapStatus
from app.datasets.overlap.rows import PAIRS_SUFFIX, pairs_path

LEASE_SECONDS = 20.0
BEAT_SECONDS = 0.5
DRAFT_SUFFIX = f"{PAIRS_SUFFIX}-draft"


class ComparisonStopped(Exception):
    """The worker ends; another one begins anew."""


def compare_two_versions(context: Context) -> bool:
    """Do one comparison that waits; False when there is none."""
    claimed = _claim(context)
    if claimed is None:
        return False
    try:
        compared = _compare(context, claimed)
    except ComparisonStopped:
        _give_back(context, claimed)
    except ComparisonCancelled:
        _clean_up(context, claimed)
    except (OSError, BrokenIndex):  # a full disk may be free again when the lease has run out
        log.exception("comparison_failed", overlap=claimed.overlap_id)
    else:
        _keep(context, claimed, compared)
    return True


TASKS = [Task("datasets.compare", compare_two_versions)]


@dataclass(frozen=True, slots=True)
class _Claimed:
    overlap_id: int
    version: DatasetVersion
    against: DatasetVersion
    group_path: str


@dataclass
class Beat:
    """Renews the lease and notes progress, not at every call; False ends the comparison."""

    context: Context
    overlap_id: int
    due_at: float = field(default=0.0)

    def __call__(self, done: int, total: int) -> bool:
        if self.context.stop.is_set():
            raise ComparisonStopped
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            if not _is_ours(session, self.context, self.overlap_id):
                return False
            overlap = session.get_one(Overlap, self.overlap_id)
            overlap.done_count, overlap.total_count = done, total
        return True


def _claim(context: Context) -> _Claimed | None:
    with context.db.write() as session:
        overlap = claim_attempt(
            session,
            Overlap,
            col(Overlap.status) == OverlapStatus.WAITING,
            owner=context.owner,
            seconds=LEASE_SECONDS,
            failed=OverlapStatus.FAILED,
        )
        if overlap is None:
            return None
        version = session.get_one(DatasetVersion, overlap.version_id)
        against = session.get_one(DatasetVersion, overlap.against_id)
        return _Claimed(overlap.id or 0, version, against, overlap.group_path)


def _compare(context: Context, claimed: _Claimed) -> OverlapReport:
    """Versions with the same bytes share what was found, so each writes beside it first."""
    storage, version, against = context.storage, claimed.version, claimed.against
    draft = storage.path(version.sha256, f".{claimed.overlap_id}{DRAFT_SUFFIX}")
    order = CompareOrder(
        path=storage.path(version.sha256),
        index_path=index_path(storage, version.sha256),
        against_path=storage.path(against.sha256),
        against_index_path=index_path(storage, against.sha256),
        pairs_path=draft,
        group_path=claimed.group_path,
    )
    if not order.group_path:
        _note_exact(context, claimed, order)
    is_small = version.size + against.size <= context.settings.check_here_bytes
    compare = compare_here if is_small else compare_in_child
    compared = compare(order, Beat(context, claimed.overlap_id))
    draft.replace(pairs_path(storage, version.sha256, against.sha256, order.group_path))
    return compared


def _note_exact(context: Context, claimed: _Claimed, order: CompareOrder) -> None:
    """What is known at once need not wait for the rest."""
    indexes = ExampleIndex.open(order.index_path), ExampleIndex.open(order.against_index_path)
    count = count_exact(*indexes)
    with context.db.write() as session:
        if _is_ours(session, context, claimed.overlap_id):
            overlap = session.get_one(Overlap, claimed.overlap_id)
            overlap.counts = {OverlapKind.EXACT.value: count}


def _keep(context: Context, claimed: _Claimed, compared: OverlapReport) -> None:
    with context.db.write() as session:
        if not _is_ours(session, context, claimed.overlap_id):
            discard_blob(session, context.storage, claimed.version.sha256)
            return
        overlap = session.get_one(Overlap, claimed.overlap_id)
        overlap.status, overlap.done_at = OverlapStatus.DONE, now()
        overlap.done_count = overlap.total_count
        overlap.counts = compared.counts
        overlap.affected_count = compared.affected_count
        overlap.compared_count = compared.compared_count
        overlap.different_count = compared.different_count
        _forget_deleted(session, context.storage, claimed.version.sha256)
        session.flush()
        release(session, Overlap, claimed.overlap_id, owner=context.owner)


def _forget_deleted(session: Session, storage: Storage, sha256: str) -> None:
    """Throw away comparisons with versions that were deleted."""
    query = (
        select(DatasetVersion.sha256, Overlap.group_path)
        .join(Overlap, col(Overlap.against_id) == col(DatasetVersion.id))
        .where(
            col(Overlap.version_id).in_(
                select(DatasetVersion.id).where(DatasetVersion.sha256 == sha256)
            )
        )
    )
    needed = {pairs_path(storage, sha256, *found).name for found in session.exec(query)}
    for path in storage.path(sha256).parent.glob(f"{sha256}.*{PAIRS_SUFFIX}"):
        if path.name not in needed:
            path.unlink(missing_ok=True)


def _give_back(context: Context, claimed: _Claimed) -> None:
    """Any worker may begin at once, and ending a worker is no failed attempt."""
    with context.db.write() as session:
        if _is_ours(session, context, claimed.overlap_id):
            overlap = session.get_one(Overlap, claimed.overlap_id)
            overlap.attempt_count = max(0, overlap.attempt_count - 1)
            session.flush()
            release(session, Overlap, claimed.overlap_id, owner=context.owner)


def _clean_up(context: Context, claimed: _Claimed) -> None:
    """A version was deleted meanwhile, or another worker compares; what is not needed goes."""
    with context.db.write() as session:
        discard_blob(session, context.storage, claimed.version.sha256)


def _is_ours(session: Session, context: Context, overlap_id: int) -> bool:
    return renew(session, Overlap, overlap_id, owner=context.owner, seconds=LEASE_SECONDS)

"""The check of a version in the background: claimed by lease, with progress, once for good.

A larger version is checked in a process of its own, one at a time. Killed in the middle, the check
goes on where it was when the lease has run out. Done twice, it writes the same.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import Conflict
from app.core.leases import MOST_ATTEMPTS, claim, release, renew
from app.core.logs import log
from app.core.storage import Storage
from app.datasets.blobs import discard_blob
from app.datasets.checked import Checked, CheckOrder, check_here, check_in_child
from app.datasets.deep.service import ask_for_deep_check
from app.datasets.drafts import INDEX_SUFFIX, discard_draft, draft_path
from app.datasets.example_index import BrokenIndex, ExampleIndex
from app.datasets.models import DatasetVersion, ValidationReport, VersionStatus
from app.datasets.overlap.service import compare_parts
from app.datasets.overrides.service import status_after
from app.datasets.parts import PART_BYTES
from app.datasets.validation import CheckCancelled

LEASE_SECONDS = 20.0
BEAT_SECONDS = 0.5
PENDING = [status for status in VersionStatus if status.is_pending]

_large = threading.Semaphore(1)


class CheckStopped(Exception):
    """The worker ends; what is finished stays for the next one."""


def validate_version(context: Context) -> bool:
    """Check one version that waits; False when there is none."""
    with _turn(context) as conditions:
        claimed = _claim(context, *conditions)
        if claimed is not None:
            _validate(context, claimed)
    return claimed is not None


TASKS = [Task("datasets.validate", validate_version)]


def check_again(session: Session, actor: Actor, version: DatasetVersion) -> None:
    """For a check that failed or was cancelled, or an index that is lost; not for one that runs."""
    if not version.status.is_pending:
        version.status = VersionStatus.UPLOADED
        version.attempt_count = 0
        session.add(version)
        record(session, actor, AuditAction.VERSION_VALIDATED, "version", version.id)


def cancel_validation(
    session: Session, storage: Storage, actor: Actor, version: DatasetVersion
) -> None:
    """The worker that has it finds its lease gone, and ends the check."""
    session.refresh(version, with_for_update=True)
    if not version.status.is_pending:
        raise Conflict("The check is over already.")
    version.status = VersionStatus.CANCELLED
    version.lease_owner = version.lease_expires_at = None
    session.add(version)
    session.flush()
    record(session, actor, AuditAction.VERSION_VALIDATION_CANCELLED, "version", version.id)
    discard_draft(storage, version.id or 0, version.sha256)


def index_path(storage: Storage, sha256: str) -> Path:
    return storage.path(sha256, INDEX_SUFFIX)


def open_index(storage: Storage, version: DatasetVersion) -> ExampleIndex | None:
    """None where it is missing or unreadable; checking again writes a new one."""
    try:
        return ExampleIndex.open(index_path(storage, version.sha256))
    except (FileNotFoundError, BrokenIndex):
        return None


@dataclass(frozen=True, slots=True)
class _Claimed:
    version_id: int
    sha256: str
    size: int


@dataclass
class Beat:
    """Renews the lease and notes progress, not at every call; False ends the check.

    The first call tells what an earlier check has finished.
    """

    context: Context
    version_id: int
    due_at: float = 0.0
    resumed: int | None = None

    def __call__(self, bytes_done: int, _rows: int) -> bool:
        if self.context.stop.is_set():
            raise CheckStopped
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            if not _is_ours(session, self.context, self.version_id):
                return False
            self._note(session.get_one(DatasetVersion, self.version_id), bytes_done)
        return True

    def _note(self, version: DatasetVersion, bytes_done: int) -> None:
        if self.resumed is None:
            self.resumed = version.resumed_bytes = bytes_done
            version.checking_since = now()  # the rate is that of reading
        version.checked_bytes = bytes_done
        if self._has_finished_a_part(bytes_done):
            version.attempt_count = 1

    def _has_finished_a_part(self, bytes_done: int) -> bool:
        """The next attempt begins later in the version: this one was not in vain."""
        under_way = self.context.settings.check_processes * PART_BYTES
        return bytes_done - (self.resumed or 0) > 2 * under_way


@contextmanager
def _turn(context: Context) -> Iterator[list[ColumnElement[bool]]]:
    """What may be claimed: larger versions by one thread at a time, small ones by any."""
    is_free = _large.acquire(blocking=False)
    try:
        small = col(DatasetVersion.size) <= context.settings.check_here_bytes
        yield [] if is_free else [small]
    finally:
        if is_free:
            _large.release()


def _claim(context: Context, *conditions: ColumnElement[bool]) -> _Claimed | None:
    with context.db.write() as session:
        version_id = claim(
            session,
            DatasetVersion,
            col(DatasetVersion.status).in_(PENDING),
            *conditions,
            owner=context.owner,
            seconds=LEASE_SECONDS,
        )
        if version_id is None:
            return None
        version = session.get_one(DatasetVersion, version_id)
        version.attempt_count += 1
        version.checking_since, version.checked_bytes, version.resumed_bytes = now(), 0, 0
        if version.attempt_count > MOST_ATTEMPTS:
            version.status = VersionStatus.FAILED
            session.flush()
            release(session, DatasetVersion, version_id, owner=context.owner)
            return None
        version.status = VersionStatus.VALIDATING
        return _Claimed(version_id, version.sha256, version.size)


def _validate(context: Context, claimed: _Claimed) -> None:
    try:
        kept = _check(context, claimed)
    except CheckStopped:
        _give_back(context, claimed)
    except CheckCancelled:
        _clean_up(context, claimed)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("check_failed", version=claimed.version_id)
    else:
        _keep(context, claimed, *kept)


def _check(context: Context, claimed: _Claimed) -> tuple[Checked, float]:
    settings = context.settings
    draft = draft_path(context.storage, claimed.version_id, claimed.sha256)
    order = CheckOrder(
        context.storage.path(claimed.sha256),
        draft,
        settings.max_line_bytes,
        settings.check_processes,
    )
    check = check_here if claimed.size <= settings.check_here_bytes else check_in_child
    started = time.monotonic()
    checked = check(order, Beat(context, claimed.version_id))
    draft.replace(index_path(context.storage, claimed.sha256))
    return checked, time.monotonic() - started


def _keep(context: Context, claimed: _Claimed, checked: Checked, seconds: float) -> None:
    report = checked.report
    kept = ValidationReport(
        version_id=claimed.version_id,
        summary=report.to_dict(),
        highlights={rule: asdict(highlight) for rule, highlight in checked.highlights.items()},
        affected_count=checked.affected_count,
        seconds=seconds,
    )
    with context.db.write() as session:
        if not _is_ours(session, context, claimed.version_id):
            return
        version = session.get_one(DatasetVersion, claimed.version_id)
        version.status = status_after(session, version, report)
        version.checked_at, version.checked_bytes = now(), version.size
        version.format = report.format
        version.line_count, version.example_count = report.lines, report.examples
        version.token_count = report.statistics.tokens_total
        version.assistant_token_count = report.statistics.assistant_tokens_total
        session.merge(kept)
        ask_for_deep_check(session, claimed.version_id)
        compare_parts(session, version)
        session.flush()
        release(session, DatasetVersion, claimed.version_id, owner=context.owner)


def _give_back(context: Context, claimed: _Claimed) -> None:
    """Any worker may go on at once, and ending a worker is no failed attempt."""
    with context.db.write() as session:
        if _is_ours(session, context, claimed.version_id):
            version = session.get_one(DatasetVersion, claimed.version_id)
            version.attempt_count = max(0, version.attempt_count - 1)
            session.flush()
            release(session, DatasetVersion, claimed.version_id, owner=context.owner)


def _clean_up(context: Context, claimed: _Claimed) -> None:
    """Cancelled, or deleted meanwhile: what the check wrote goes. Else another worker has it."""
    with context.db.write() as session:
        version = session.get(DatasetVersion, claimed.version_id)
        if version is None or not version.status.is_pending:
            discard_draft(context.storage, claimed.version_id, claimed.sha256)
        discard_blob(session, context.storage, claimed.sha256)


def _is_ours(session: Session, context: Context, version_id: int) -> bool:
    return renew(session, DatasetVersion, version_id, owner=context.owner, seconds=LEASE_SECONDS)

"""The check of a version in the background: claimed by lease, with progress, once for good.

Killed in the middle, it begins again when the lease has run out. Done twice, it writes the same.
"""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlmodel import Session, col

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context, Task
from app.core.leases import claim, release, renew
from app.core.logs import log
from app.core.storage import Storage
from app.datasets.blobs import discard_blob
from app.datasets.deep.service import ask_for_deep_check
from app.datasets.example_index import BrokenIndex, ExampleIndex
from app.datasets.highlights import count_affected, gather_highlights
from app.datasets.models import DatasetVersion, ValidationReport, VersionStatus
from app.datasets.overlap.service import compare_parts
from app.datasets.report import Report
from app.datasets.validation import CheckCancelled, check_file

LEASE_SECONDS = 20.0
BEAT_SECONDS = 0.5
MOST_ATTEMPTS = 4
INDEX_SUFFIX = ".index"
PENDING = [status for status in VersionStatus if status.is_pending]


def validate_version(context: Context) -> bool:
    """Check one version that waits; False when there is none."""
    claimed = _claim(context)
    if claimed is None:
        return False
    try:
        report, kept = _check(context, claimed)
    except CheckCancelled:
        _clean_up(context, claimed)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("check_failed", version=claimed.version_id)
    else:
        _keep(context, claimed, report, kept)
    return True


TASKS = [Task("datasets.validate", validate_version)]


def check_again(session: Session, actor: Actor, version: DatasetVersion) -> None:
    """For a check that failed, or an index that is lost; one that runs is left alone."""
    if not version.status.is_pending:
        version.status = VersionStatus.UPLOADED
        version.attempt_count = 0
        session.add(version)
        record(session, actor, AuditAction.VERSION_VALIDATED, "version", version.id)


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


@dataclass
class Beat:
    """Renews the lease and notes progress, not at every call; False ends the check."""

    context: Context
    version_id: int
    due_at: float = field(default=0.0)

    def __call__(self, bytes_done: int, _rows: int) -> bool:
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            if not _is_ours(session, self.context, self.version_id):
                return False
            version = session.get_one(DatasetVersion, self.version_id)
            version.checked_bytes = bytes_done
        return True


def _claim(context: Context) -> _Claimed | None:
    with context.db.write() as session:
        version_id = claim(
            session,
            DatasetVersion,
            col(DatasetVersion.status).in_(PENDING),
            owner=context.owner,
            seconds=LEASE_SECONDS,
        )
        if version_id is None:
            return None
        version = session.get_one(DatasetVersion, version_id)
        version.attempt_count += 1
        version.checking_since, version.checked_bytes = now(), 0
        if version.attempt_count > MOST_ATTEMPTS:
            version.status = VersionStatus.FAILED
            session.flush()
            release(session, DatasetVersion, version_id, owner=context.owner)
            return None
        version.status = VersionStatus.VALIDATING
        return _Claimed(version_id, version.sha256)


def _check(context: Context, claimed: _Claimed) -> tuple[Report, ValidationReport]:
    """Versions with the same bytes share one index, so each check writes beside it first."""
    path = context.storage.path(claimed.sha256)
    draft = context.storage.path(claimed.sha256, f".{claimed.version_id}{INDEX_SUFFIX}")
    started = time.monotonic()
    report = check_file(
        path,
        index_path=draft,
        max_line_bytes=context.settings.max_line_bytes,
        progress=Beat(context, claimed.version_id),
    )
    index = ExampleIndex.open(draft)
    with path.open("rb") as stream:
        highlights = gather_highlights(stream, index, report)
    kept = ValidationReport(
        version_id=claimed.version_id,
        summary=report.to_dict(),
        highlights={rule: asdict(highlight) for rule, highlight in highlights.items()},
        affected_count=count_affected(index, report),
        seconds=time.monotonic() - started,
    )
    draft.replace(index_path(context.storage, claimed.sha256))
    return report, kept


def _keep(context: Context, claimed: _Claimed, report: Report, kept: ValidationReport) -> None:
    with context.db.write() as session:
        if not _is_ours(session, context, claimed.version_id):
            return
        version = session.get_one(DatasetVersion, claimed.version_id)
        version.status = VersionStatus(report.verdict.value)
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


def _clean_up(context: Context, claimed: _Claimed) -> None:
    """The version was deleted meanwhile; what the check wrote goes too."""
    with context.db.write() as session:
        discard_blob(session, context.storage, claimed.sha256)


def _is_ours(session: Session, context: Context, version_id: int) -> bool:
    return renew(session, DatasetVersion, version_id, owner=context.owner, seconds=LEASE_SECONDS)

"""The rows of a version that are known from another, for recipes that leave them out."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, select

from app.core.errors import Conflict
from app.core.storage import Storage
from app.datasets.models import DatasetVersion
from app.datasets.overlap.kinds import OverlapKind, read_rule
from app.datasets.overlap.models import Overlap
from app.datasets.overlap.pairs_file import BrokenPairs, Pairs, read_pairs

PAIRS_SUFFIX = ".overlap"


def find_overlapping_rows(
    storage: Storage, session: Session, version_id: int, against_id: int, kinds: Iterable[str]
) -> NDArray[np.int64]:
    """Rows of the version that one of `kinds` finds in the other, ascending, each once.

    Kinds are `exact`, `normalised`, `near`, `conversation` and `group:<path>`, for instance
    `group:metadata.user_id`. Raises Conflict where the two were not compared yet, or for a kind
    that there is not.
    """
    found = [_rows_of(storage, session, version_id, against_id, kind) for kind in kinds]
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def find_overlap(
    session: Session, version_id: int, against_id: int, group_path: str = ""
) -> Overlap | None:
    query = select(Overlap).where(
        Overlap.version_id == version_id,
        Overlap.against_id == against_id,
        Overlap.group_path == group_path,
    )
    return session.exec(query).first()


def open_pairs(
    storage: Storage, session: Session, overlap: Overlap, kind: OverlapKind
) -> Pairs | None:
    """None where the comparison is not done or its file is lost."""
    if not overlap.is_done:
        return None
    version = session.get_one(DatasetVersion, overlap.version_id)
    against = session.get_one(DatasetVersion, overlap.against_id)
    try:
        path = pairs_path(storage, version.sha256, against.sha256, overlap.group_path)
        return read_pairs(path, kind)
    except (FileNotFoundError, BrokenPairs):
        return None


def pairs_path(storage: Storage, sha256: str, against_sha256: str, group_path: str) -> Path:
    """Beside the version; the same bytes compared with the same bytes share the file."""
    what = hashlib.sha256(f"{against_sha256}\0{group_path}".encode()).hexdigest()
    return storage.path(sha256, f".{what[:32]}{PAIRS_SUFFIX}")


def _rows_of(
    storage: Storage, session: Session, version_id: int, against_id: int, rule: str
) -> NDArray[np.int64]:
    kind, group_path = read_rule(rule) or (None, "")
    if kind is None:
        raise Conflict("There is no such kind of overlap.")
    overlap = find_overlap(session, version_id, against_id, group_path)
    pairs = open_pairs(storage, session, overlap, kind) if overlap else None
    if pairs is None:
        raise Conflict("The two versions were not compared yet.")
    return np.asarray(pairs.rows)

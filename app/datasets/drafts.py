"""What a check writes before it is done: beside the bytes, each version its own."""

from pathlib import Path
from shutil import rmtree

from app.core.storage import Storage

INDEX_SUFFIX = ".index"


def draft_path(storage: Storage, version_id: int, sha256: str) -> Path:
    """Versions with the same bytes share one index, so each check writes beside it first."""
    return storage.path(sha256, f".{version_id}{INDEX_SUFFIX}")


def discard_draft(storage: Storage, version_id: int, sha256: str) -> None:
    """All that a check left that will not go on."""
    draft = draft_path(storage, version_id, sha256)
    for path in draft.parent.glob(f"{draft.name}*"):
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""Uploads: files that come in parts, in any order, within an hour."""

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.engine.file_store import NewFile, add_file
from app.engine.ids import new_id
from app.engine.refusals import ApiError, bad_request
from app.engine.requests import CompleteUpload, CreateUpload
from app.engine.store import Store

LIFE_SECONDS = 3600
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Joined:
    size: int
    md5: str


def create_upload(store: Store, data: CreateUpload) -> sqlite3.Row:
    upload_id, moment = new_id("upload_"), int(time.time())
    file_seconds = data.expires_after.seconds if data.expires_after else None
    with store.write() as connection:
        connection.execute(
            "INSERT INTO uploads (id, created_at, expires_at, filename, purpose, bytes, mime_type,"
            " file_seconds, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
            (
                upload_id, moment, moment + LIFE_SECONDS, data.filename, data.purpose, data.bytes,
                data.mime_type, file_seconds,
            ),
        )  # fmt: skip
    return get_upload(store, upload_id)


def get_upload(store: Store, upload_id: str) -> sqlite3.Row:
    query = "SELECT * FROM uploads WHERE id = ?"
    row: sqlite3.Row | None = store.read().execute(query, (upload_id,)).fetchone()
    if row is None:
        raise ApiError(404, f"No such Upload object: {upload_id}", param="upload_id")
    return row


def status_of(upload: sqlite3.Row) -> str:
    is_late = upload["expires_at"] <= time.time()
    return "expired" if upload["status"] == "pending" and is_late else str(upload["status"])


def get_pending(store: Store, upload_id: str) -> sqlite3.Row:
    upload = get_upload(store, upload_id)
    status = status_of(upload)
    if status != "pending":
        raise bad_request(f"Upload {upload_id} is {status}.", code="invalid_upload_status")
    return upload


def add_part(store: Store, upload_id: str, size: int, incoming: Path) -> sqlite3.Row:
    part_id = new_id("part_")
    path = store.upload_folder(upload_id) / part_id
    incoming.replace(path)
    with store.write() as connection:
        added = connection.execute(
            "INSERT INTO upload_parts (id, upload_id, created_at, bytes)"
            " SELECT ?, id, ?, ? FROM uploads WHERE id = ? AND status = 'pending'"
            " AND bytes >= ? + (SELECT coalesce(sum(bytes), 0) FROM upload_parts"
            "   WHERE upload_id = uploads.id)",
            (part_id, int(time.time()), size, upload_id, size),
        ).rowcount
    if not added:
        path.unlink(missing_ok=True)
        get_pending(store, upload_id)
        raise bad_request("The parts are larger than the upload's 'bytes'.", param="data")
    return _parts(store, upload_id)[part_id]


def complete_upload(store: Store, upload_id: str, data: CompleteUpload) -> Path:
    """Joins the parts in the order given; returns where, for the file to be checked and kept."""
    upload = get_pending(store, upload_id)
    known = _parts(store, upload_id)
    for part_id in data.part_ids:
        if part_id not in known:
            raise bad_request(f"No such part in this upload: {part_id}", param="part_ids")
    if len(set(data.part_ids)) < len(data.part_ids):
        raise bad_request("A part is named twice in 'part_ids'.", param="part_ids")
    size = sum(known[part_id]["bytes"] for part_id in data.part_ids)
    if size != upload["bytes"]:
        message = (
            f"The parts have {size} bytes together, but the upload was created for "
            f"{upload['bytes']} bytes."
        )
        raise bad_request(message, param="part_ids")
    whole = store.root / "incoming" / new_id("upload_")
    folder = store.upload_folder(upload_id)
    joined = join((folder / part_id for part_id in data.part_ids), whole)
    if data.md5 is not None and data.md5.lower() != joined.md5:
        whole.unlink()
        message = f"The md5 of the bytes uploaded is {joined.md5}, not {data.md5}."
        raise bad_request(message, param="md5")
    return whole


def join(parts: Iterable[Path], whole: Path) -> Joined:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with whole.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                while chunk := source.read(CHUNK_BYTES):
                    target.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
    return Joined(size, digest.hexdigest())


def keep_whole(store: Store, upload: sqlite3.Row, whole: Path) -> None:
    """The upload is complete and the file there, in one transaction."""
    file_id, seconds = new_id("file-", 22), upload["file_seconds"]
    expires_at = int(time.time()) + seconds if seconds else None
    file = NewFile(file_id, upload["filename"], upload["purpose"], upload["bytes"], expires_at)
    whole.replace(store.file_path(file_id))
    if _finish(store, upload["id"], "completed", file):
        shutil.rmtree(store.upload_folder(upload["id"]), ignore_errors=True)
        return
    store.file_path(file_id).unlink()
    get_pending(store, upload["id"])


def cancel_upload(store: Store, upload_id: str) -> sqlite3.Row:
    get_pending(store, upload_id)
    if not _finish(store, upload_id, "cancelled"):
        get_pending(store, upload_id)
    shutil.rmtree(store.upload_folder(upload_id), ignore_errors=True)
    return get_upload(store, upload_id)


def _finish(store: Store, upload_id: str, status: str, file: NewFile | None = None) -> bool:
    with store.write() as connection:
        changed = connection.execute(
            "UPDATE uploads SET status = ?, file_id = ? WHERE id = ? AND status = 'pending'",
            (status, file.id if file else None, upload_id),
        ).rowcount
        if changed and file is not None:
            add_file(connection, file)
    return bool(changed)


def _parts(store: Store, upload_id: str) -> dict[str, sqlite3.Row]:
    query = "SELECT * FROM upload_parts WHERE upload_id = ?"
    return {row["id"]: row for row in store.read().execute(query, (upload_id,))}

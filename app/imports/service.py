"""Imports: taken in, corrected, started, discarded, found."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.storage import Storage
from app.datasets.blobs import discard_blob, keep_blob
from app.datasets.filenames import clean_filename
from app.datasets.models import DatasetVersion
from app.datasets.schemas import LONGEST_NAME, DatasetCreate
from app.datasets.service import (
    IncomingFile,
    create_dataset,
    find_dataset_by_name,
    get_dataset,
    upload_version,
)
from app.imports.models import Import, ImportOutput, ImportStatus
from app.imports.schemas import ImportCreate, ImportOptions
from app.imports.sniffing import holds_examples

PAGE_SIZE = 50


def create_import(
    session: Session, actor: Actor, data: ImportCreate, file: IncomingFile
) -> Import | DatasetVersion:
    """A file of examples is a version at once, any other waits to be mapped."""
    filename = clean_filename(file.filename)
    if not filename:
        raise Invalid("Choose a file.", field="file")
    if file.writer.size == 0:
        raise Invalid("“{name}” is empty.", field="file", name=filename)
    if data.dataset_id is not None:
        get_dataset(session, data.dataset_id)
    if holds_examples(file.writer.path, filename):
        return _take_examples(session, actor, data, file)
    return _take_import(session, actor, data, file, filename)


def recognise_import(session: Session, actor: Actor, import_id: int, data: ImportOptions) -> Import:
    """Look at the file again, knowing what it is."""
    found = get_import(session, import_id, lock=True)
    if found.status in {ImportStatus.STARTED, ImportStatus.DONE}:
        raise Conflict("The import has begun already.")
    found.options = data.to_options().model_dump(mode="json", exclude_none=True)
    found.status, found.refusal, found.attempt_count = ImportStatus.RECEIVED, None, 0
    found.mapping = None
    session.flush()
    record(session, actor, AuditAction.IMPORT_RECOGNISED, "import", found.id, found.options)
    return found


def discard_import(session: Session, storage: Storage, actor: Actor, import_id: int) -> None:
    """The file goes; refused while versions stand on it or it is being imported."""
    found = get_import(session, import_id, lock=True)
    if found.status is ImportStatus.STARTED:
        raise Conflict("The import has begun already.")
    if list_outputs(session, import_id):
        raise Conflict("Versions were made from it. Delete those first.")
    hashes = {found.sha256, found.left_out_sha256} - {None}
    filename = found.filename
    session.delete(found)
    session.flush()
    for sha256 in hashes:
        discard_blob(session, storage, str(sha256))
    detail: dict[str, object] = {"filename": filename}
    record(session, actor, AuditAction.IMPORT_DISCARDED, "import", import_id, detail)


def get_import(session: Session, import_id: int, *, lock: bool = False) -> Import:
    found = session.get(Import, import_id, with_for_update=lock or None)
    if found is None:
        raise NotFound("There is no such import.")
    return found


def get_recognised_import(session: Session, import_id: int) -> Import:
    """Raises Conflict while nothing is known of the file."""
    found = get_import(session, import_id)
    if found.recognition is None:
        raise Conflict("The file is not recognised yet.")
    return found


def list_imports(session: Session, before: int | None = None) -> Sequence[Import]:
    """Newest first, one more than a page holds."""
    query = select(Import).order_by(col(Import.id).desc()).limit(PAGE_SIZE + 1)
    if before is not None:
        query = query.where(col(Import.id) < before)
    return session.exec(query).all()


def list_outputs(session: Session, import_id: int) -> list[tuple[DatasetVersion, bool]]:
    """Versions that are still there, and whether each is the one without system messages."""
    query = (
        select(DatasetVersion, ImportOutput.is_without_system)
        .join(ImportOutput, col(ImportOutput.version_id) == col(DatasetVersion.id))
        .where(ImportOutput.import_id == import_id)
        .order_by(col(DatasetVersion.id))
    )
    return list(session.exec(query))


def find_import_of(session: Session, version_id: int) -> Import | None:
    """The import that made the version."""
    query = select(Import).join(ImportOutput, col(ImportOutput.import_id) == col(Import.id))
    return session.exec(query.where(ImportOutput.version_id == version_id)).first()


def list_siblings(session: Session, version_id: int) -> list[tuple[DatasetVersion, bool]]:
    """What the same import made beside the version."""
    found = find_import_of(session, version_id)
    outputs = list_outputs(session, found.id or 0) if found else []
    return [each for each in outputs if each[0].id != version_id]


def _take_examples(
    session: Session, actor: Actor, data: ImportCreate, file: IncomingFile
) -> DatasetVersion:
    if data.dataset_id is not None:
        return upload_version(session, actor, data.dataset_id, file)
    return create_dataset(session, actor, DatasetCreate(name=data.name), file)


def _take_import(
    session: Session, actor: Actor, data: ImportCreate, file: IncomingFile, filename: str
) -> Import:
    """Sent twice by the same person, it is there once."""
    if data.name and find_dataset_by_name(session, data.name) is not None:
        raise Invalid("There is a dataset of this name already.", field="name")
    if waiting := _find_waiting(session, actor, data, file):
        return waiting
    found = Import(
        name=data.name or PurePosixPath(filename).stem[:LONGEST_NAME].strip() or "import",
        dataset_id=data.dataset_id,
        filename=filename,
        sha256=file.writer.sha256,
        size=keep_blob(session, file.writer).size,
        created_by_id=actor.id,
        created_by=actor.name,
    )
    session.add(found)
    session.flush()
    detail: dict[str, object] = {"filename": filename, "size": found.size}
    record(session, actor, AuditAction.IMPORT_CREATED, "import", found.id, detail)
    return found


def _find_waiting(
    session: Session, actor: Actor, data: ImportCreate, file: IncomingFile
) -> Import | None:
    query = select(Import).where(
        Import.sha256 == file.writer.sha256,
        Import.created_by_id == actor.id,
        Import.dataset_id == data.dataset_id,
        col(Import.status).in_([ImportStatus.RECEIVED, ImportStatus.RECOGNISED]),
    )
    waiting = session.exec(query).first()
    return waiting if waiting and data.name in {None, waiting.name} else None

"""Makes versions of imports: everything is written first, then appears all at once.

Killed in the middle nothing has appeared, and it is done again; the same source and mapping give
the same bytes.
"""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from sqlmodel import Session, col

from app.core.actor import Actor, Role
from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import DomainError, Invalid
from app.core.logs import log
from app.core.storage import Storage, StorageWriter
from app.datasets.blobs import discard_blob, keep_blob
from app.datasets.imports.conversion import Conversion, ImportCancelled, OutputFile, convert
from app.datasets.imports.left_out import write_left_out
from app.datasets.imports.mapping import Mapping
from app.datasets.imports.rendering import MappingRefused
from app.datasets.models import DatasetVersion, VersionSource
from app.datasets.schemas import DatasetCreate
from app.datasets.service import (
    IncomingFile,
    Origin,
    add_version,
    create_dataset,
    find_dataset_by_name,
    get_dataset,
)
from app.imports.documents import Document, plain, reason_document
from app.imports.leasing import Beat, claim_import, give_back, is_ours, refuse
from app.imports.models import Import, ImportOutput, ImportStatus
from app.imports.recognising import open_import
from app.imports.saved_mappings import remember_mapping

IMPORTED = Origin(VersionSource.IMPORT)
MOST_REASONS = 200


def convert_import(context: Context) -> bool:
    """Carry out one import that was started; False when there is none."""
    claimed = claim_import(context, col(Import.status) == ImportStatus.STARTED)
    if claimed is None:
        return False
    try:
        with ExitStack() as stack:
            _keep(context, claimed, _write(context, claimed, stack))
    except ImportCancelled:
        log.info("import_lost", import_id=claimed.id)  # to another worker, or cancelled
    except MappingRefused:
        error = Invalid("The mapping does not fit the columns of the file.")
        refuse(context, claimed.id or 0, ImportStatus.FAILED, error)
    except DomainError as error:
        refuse(context, claimed.id or 0, ImportStatus.FAILED, error)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("import_failed", import_id=claimed.id)
    return True


TASKS = [Task("imports.convert", convert_import)]


@dataclass(frozen=True, slots=True)
class _Written:
    """What waits to be kept: one writer for each output, and one for the rows left out."""

    done: Conversion
    writers: list[StorageWriter]
    left_out: StorageWriter


def row_map_of(storage: Storage, version: DatasetVersion, import_id: int) -> Path:
    """Versions with the same bytes may come from different files."""
    return storage.path(version.sha256, f".rows-{import_id}.npy")


def _write(context: Context, claimed: Import, stack: ExitStack) -> _Written:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="tuneboard-")))
    beat = Beat(context, claimed.id or 0, ImportStatus.STARTED)
    beat.begin()
    with open_import(context, claimed) as source:
        mapping = Mapping.model_validate(claimed.mapping)
        done = convert(source, mapping, folder / "examples.jsonl", beat)
        write_left_out(source, done.left_out, folder / "left-out.jsonl")
    paths = [output.path for output in done.outputs]
    writers = [_copy(context, path, stack) for path in paths]
    return _Written(done, writers, _copy(context, folder / "left-out.jsonl", stack))


def _copy(context: Context, path: Path, stack: ExitStack) -> StorageWriter:
    writer = stack.enter_context(context.storage.writer())
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            writer.write(block)
    writer.sync()
    return writer


def _keep(context: Context, claimed: Import, written: _Written) -> None:
    with context.db.write() as session:
        if not is_ours(session, context, claimed.id or 0):
            return
        row = session.get_one(Import, claimed.id)
        if row.status is ImportStatus.STARTED:
            _keep_left_out(session, context.storage, row, written)
            _keep_outputs(session, context.storage, row, written)
        session.flush()
        give_back(session, context, claimed.id or 0)


def _keep_left_out(session: Session, storage: Storage, row: Import, written: _Written) -> None:
    earlier = row.left_out_sha256
    is_needed = written.left_out.size > 0
    row.left_out_sha256 = keep_blob(session, written.left_out).sha256 if is_needed else None
    row.left_out = _reasons(written.done)
    row.row_count = row.rows_done = written.done.rows
    session.flush()
    if earlier and earlier != row.left_out_sha256:
        discard_blob(session, storage, earlier)


def _reasons(done: Conversion) -> list[Document]:
    counts = list(done.left_out.counts.items())[:MOST_REASONS]
    return [plain((reason_document(reason) or {}) | {"count": n}) for reason, n in counts]


def _keep_outputs(session: Session, storage: Storage, row: Import, written: _Written) -> None:
    row.attempt_count = 0
    if not written.done.examples:
        row.status = ImportStatus.FAILED
        row.refusal = {"sentence": NOTHING.sentence, "params": {}}
        return
    for output, writer in zip(written.done.outputs, written.writers, strict=True):
        version = _add_version(session, row, output, writer)
        shutil.copyfile(output.row_map, row_map_of(storage, version, row.id or 0))
        session.add(
            ImportOutput(
                version_id=version.id or 0,
                import_id=row.id or 0,
                is_without_system=output.is_without_system,
            )
        )
    row.status, row.done_at, row.refusal = ImportStatus.DONE, now(), None
    remember_mapping(session, row)


NOTHING = Invalid("No row became an example. Look at the reasons, and change the mapping.")


def _add_version(
    session: Session, row: Import, output: OutputFile, writer: StorageWriter
) -> DatasetVersion:
    """The first one makes the dataset where there is none yet."""
    actor = Actor(row.created_by_id, row.created_by, Role.EDITOR)
    file = IncomingFile(_filename(row.filename, output), writer)
    if row.dataset_id is not None:
        dataset = get_dataset(session, row.dataset_id, lock=True)
        return add_version(session, actor, dataset, file, IMPORTED)
    version = create_dataset(
        session, actor, DatasetCreate(name=_free_name(session, row.name)), file, IMPORTED
    )
    row.dataset_id = version.dataset_id
    return version


def _free_name(session: Session, name: str) -> str:
    """Somebody may have taken the name since the import was started."""
    number, free = 1, name
    while find_dataset_by_name(session, free) is not None:
        number += 1
        free = f"{name[:110].strip()} ({number})"
    return free


def _filename(source: str, output: OutputFile) -> str:
    stem = PurePosixPath(source).stem[:200] or "import"
    return f"{stem}{'.without-system' if output.is_without_system else ''}.jsonl"

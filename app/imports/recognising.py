"""Recognises files in the background, then counts their rows; both can be done again harmlessly."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import col

from app.core.context import Context, Task
from app.core.errors import DomainError
from app.core.logs import log
from app.datasets.imports.conversion import PROGRESS_ROWS
from app.datasets.imports.mapping import columns_key
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.sources import Source, open_source
from app.datasets.imports.suggestion import suggest_mapping
from app.imports.documents import Document, recognition_document, sample_documents
from app.imports.leasing import Beat, claim_import, give_back, is_ours, refuse
from app.imports.models import Import, ImportStatus


def recognise_import(context: Context) -> bool:
    """Look at one file that has come in; False when there is none."""
    claimed = claim_import(context, col(Import.status) == ImportStatus.RECEIVED)
    if claimed is None:
        return False
    try:
        with open_import(context, claimed) as source:
            found = _look(source)
    except DomainError as error:
        refuse(context, claimed.id or 0, ImportStatus.REFUSED, error)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("recognition_failed", import_id=claimed.id)
    else:
        _keep(context, claimed.id or 0, found)
    return True


def count_import(context: Context) -> bool:
    """Count the rows of one file that is recognised; False when there is none."""
    waits = (col(Import.status) == ImportStatus.RECOGNISED, col(Import.row_count).is_(None))
    claimed = claim_import(context, *waits)
    if claimed is None:
        return False
    try:
        with open_import(context, claimed) as source:
            count = _count(source, Beat(context, claimed.id or 0, ImportStatus.RECOGNISED))
    except DomainError as error:
        refuse(context, claimed.id or 0, ImportStatus.FAILED, error)
    except OSError:
        log.exception("count_failed", import_id=claimed.id)
    else:
        _keep_count(context, claimed.id or 0, count)
    return True


TASKS = [Task("imports.recognise", recognise_import), Task("imports.count", count_import)]


@contextmanager
def open_import(context: Context, claimed: Import) -> Iterator[Source]:
    path = context.storage.path(claimed.sha256)
    options = SourceOptions.model_validate(claimed.options)
    with open_source(path, claimed.filename, options) as source:
        yield source


def _look(source: Source) -> Document:
    mapping = suggest_mapping(source.recognition)
    return {
        "recognition": recognition_document(source.recognition),
        "sample": sample_documents(source.rows()),
        "mapping": mapping.model_dump(mode="json", exclude_defaults=True),
        "columns_key": columns_key(source.columns),
    }


def _keep(context: Context, import_id: int, found: Document) -> None:
    with context.db.write() as session:
        if not is_ours(session, context, import_id):
            return
        row = session.get_one(Import, import_id)
        if row.status is ImportStatus.RECEIVED:
            row.sqlmodel_update(found | {"mapping": row.mapping or found["mapping"]})
            row.status, row.refusal = ImportStatus.RECOGNISED, None
            row.row_count, row.rows_done, row.attempt_count = None, 0, 0
        session.flush()
        give_back(session, context, import_id)


def _count(source: Source, beat: Beat) -> int | None:
    """None when somebody else has taken over or the import has gone on."""
    count = 0
    for count, _row in enumerate(source.rows(), 1):
        if count % PROGRESS_ROWS == 0 and not beat(count):
            return None
    return count


def _keep_count(context: Context, import_id: int, count: int | None) -> None:
    with context.db.write() as session:
        if not is_ours(session, context, import_id):
            return
        row = session.get_one(Import, import_id)
        if row.status is ImportStatus.RECOGNISED:
            row.row_count, row.attempt_count = count, 0
        session.flush()
        give_back(session, context, import_id)

"""What rows become: said, started, cancelled, tried again, and said differently."""

from sqlmodel import Session

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.datasets.imports.mapping import Mapping, check_mapping
from app.datasets.imports.mapping_files import read_mapping, write_mapping
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.parts import name_part
from app.datasets.schemas import LONGEST_NAME
from app.datasets.service import find_dataset_by_name, get_dataset
from app.imports.documents import read_recognition
from app.imports.models import Import, ImportStatus
from app.imports.schemas import ImportRepeat, ImportStart, MappingDraft, MappingUpload
from app.imports.service import get_import, get_recognised_import


def start_import(session: Session, actor: Actor, import_id: int, data: ImportStart) -> Import:
    """Hands it to the background. Asked twice, it is done once."""
    found = get_import(session, import_id, lock=True)
    if found.status is ImportStatus.STARTED:
        return found
    if not found.status.can_start or found.recognition is None:
        raise Conflict("This import cannot be started now.")
    mapping = _fitting_mapping(found, data)
    found.name = data.name or found.name
    if found.dataset_id is None and find_dataset_by_name(session, found.name) is not None:
        raise Invalid("There is a dataset of this name already.", field="name")
    found.mapping = mapping.model_dump(mode="json", exclude_defaults=True)
    _hand_over(session, found)
    detail: dict[str, object] = {"filename": found.filename, "target": mapping.target.value}
    record(session, actor, AuditAction.IMPORT_STARTED, "import", found.id, detail)
    return found


def cancel_import(session: Session, actor: Actor, import_id: int) -> Import:
    """The worker loses the row, so that nothing of what it has written is kept."""
    found = get_import(session, import_id, lock=True)
    if found.status is not ImportStatus.STARTED:
        raise Conflict("The import is not under way.")
    found.status, found.begun_at, found.rows_done = ImportStatus.RECOGNISED, None, 0
    found.lease_owner, found.lease_expires_at = None, None
    session.flush()
    _record(session, actor, AuditAction.IMPORT_CANCELLED, found)
    return found


def retry_import(session: Session, actor: Actor, import_id: int) -> Import:
    """With the same mapping; a file that was never recognised is looked at again."""
    found = get_import(session, import_id, lock=True)
    if found.status is not ImportStatus.FAILED:
        raise Conflict("Only what failed can be tried again.")
    if found.recognition is None or found.mapping is None:
        found.status, found.refusal, found.attempt_count = ImportStatus.RECEIVED, None, 0
        session.flush()
    else:
        _hand_over(session, found)
    _record(session, actor, AuditAction.IMPORT_RETRIED, found)
    return found


def repeat_import(session: Session, actor: Actor, import_id: int, data: ImportRepeat) -> Import:
    """Another import of the same file, with what was said about it last time filled in."""
    found = get_recognised_import(session, import_id)
    if found.status is not ImportStatus.DONE:
        raise Conflict("Only what is imported can be mapped again.")
    if data.as_version and found.dataset_id is None:
        raise Conflict("The dataset is deleted.")
    if found.dataset_id is not None:
        get_dataset(session, found.dataset_id, lock=True)
    kept = found.model_dump(include={
        "filename", "sha256", "size", "options", "recognition", "sample", "columns_key", "row_count"
    })  # fmt: skip
    again = Import(
        **kept,
        name=found.name if data.as_version else _free_name(session, found.name),
        dataset_id=found.dataset_id if data.as_version else None,
        mapping=dict(found.mapping or {}) | {"also_without_system": False},
        status=ImportStatus.RECOGNISED,
        created_by_id=actor.id,
        created_by=actor.name,
    )
    session.add(again)
    session.flush()
    _record(session, actor, AuditAction.IMPORT_REPEATED, again)
    return again


def upload_mapping(session: Session, actor: Actor, import_id: int, data: MappingUpload) -> Import:
    """Raises Invalid with line and key. What it says of the file makes it be looked at again."""
    found = get_import(session, import_id, lock=True)
    if not found.status.can_start or found.recognition is None:
        raise Conflict("This import cannot be mapped now.")
    try:
        mapping = read_mapping(data.yaml)
    except Invalid as error:
        raise Invalid(error.sentence, field="yaml", **error.params) from error
    said = mapping.source.model_dump(mode="json", exclude_none=True)
    plain = mapping.model_copy(update={"source": SourceOptions()})
    found.mapping = plain.model_dump(mode="json", exclude_defaults=True)
    found.refusal = None
    if said and said != found.options:
        found.options, found.status, found.attempt_count = said, ImportStatus.RECEIVED, 0
    session.flush()
    _record(session, actor, AuditAction.IMPORT_MAPPED, found)
    return found


def mapping_text(found: Import, draft: MappingDraft | None = None) -> str:
    """The mapping with what was said about the file, as YAML. Raises NotFound and Invalid."""
    if found.mapping is None:
        raise NotFound("There is no mapping yet.")
    mapping = Mapping.model_validate(found.mapping)
    if draft is not None:
        mapping = draft.to_mapping(read_recognition(found.recognition or {}).column_names)
    return write_mapping(mapping.model_copy(
        update={"source": SourceOptions.model_validate(found.options)}
    ))  # fmt: skip


def _hand_over(session: Session, found: Import) -> None:
    found.status, found.refusal = ImportStatus.STARTED, None
    found.rows_done, found.attempt_count, found.begun_at = 0, 0, None
    session.flush()


def _record(session: Session, actor: Actor, action: AuditAction, found: Import) -> None:
    record(session, actor, action, "import", found.id, {"filename": found.filename})


def _free_name(session: Session, name: str) -> str:
    """The name, with a number where there is a dataset of it."""
    number, free = 1, name
    while find_dataset_by_name(session, free) is not None:
        number += 1
        free = f"{name[: LONGEST_NAME - 10].strip()} ({number})"
    return free


def _fitting_mapping(found: Import, data: ImportStart) -> Mapping:
    columns = read_recognition(found.recognition or {}).column_names
    mapping = data.to_mapping(columns)
    for problem in check_mapping(mapping, columns):
        raise Invalid(problem.sentence, field=problem.field, **name_part(problem.params))
    return mapping

"""Mappings that were used, offered for files with the same columns."""

from collections.abc import Sequence
from hashlib import sha256

import orjson
from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import NotFound
from app.datasets.imports.mapping import Target
from app.imports.models import Import, SavedMapping
from app.imports.schemas import SavedMappingRename

MOST_OFFERED = 6
PAGE_SIZE = 50
# Which versions are made is asked each time, and a file speaks for itself.
UNSAVED = frozenset({"also_without_system", "source"})


def remember_mapping(session: Session, row: Import) -> None:
    """Used again it is the newest. Rows that stay as they are need none."""
    data = {name: each for name, each in (row.mapping or {}).items() if name not in UNSAVED}
    if row.columns_key is None or data == {"target": Target.KEEP.value}:
        return
    key = key_of(data)
    same = select(SavedMapping).where(
        SavedMapping.columns_key == row.columns_key, SavedMapping.key == key
    )
    saved = session.exec(same).first() or SavedMapping(
        name=row.name,
        columns_key=row.columns_key,
        key=key,
        mapping=data,
        created_by_id=row.created_by_id,
        created_by=row.created_by,
    )
    saved.used_at = now()
    session.add(saved)
    session.flush()


def key_of(mapping: dict[str, object]) -> str:
    return sha256(orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def list_saved_for(session: Session, columns_key: str | None) -> Sequence[SavedMapping]:
    """For files with these columns, the one used last first."""
    query = select(SavedMapping).where(SavedMapping.columns_key == columns_key)
    newest = query.order_by(col(SavedMapping.used_at).desc(), col(SavedMapping.id).desc())
    return session.exec(newest.limit(MOST_OFFERED)).all()


def list_saved_mappings(session: Session, before: int | None = None) -> Sequence[SavedMapping]:
    """Newest first, one more than a page holds."""
    query = select(SavedMapping).order_by(col(SavedMapping.id).desc()).limit(PAGE_SIZE + 1)
    return session.exec(query.where(col(SavedMapping.id) < before) if before else query).all()


def get_saved_mapping(session: Session, saved_id: int) -> SavedMapping:
    found = session.get(SavedMapping, saved_id)
    if found is None:
        raise NotFound("There is no such saved mapping.")
    return found


def rename_saved_mapping(
    session: Session, actor: Actor, saved_id: int, data: SavedMappingRename
) -> SavedMapping:
    found = get_saved_mapping(session, saved_id)
    if data.name != found.name:
        detail: dict[str, object] = {"from": found.name, "to": data.name}
        found.name = data.name
        session.add(found)
        session.flush()
        record(session, actor, AuditAction.MAPPING_RENAMED, "mapping", saved_id, detail)
    return found


def delete_saved_mapping(session: Session, actor: Actor, saved_id: int) -> None:
    """Datasets that were made with it stay as they are."""
    found = get_saved_mapping(session, saved_id)
    name = found.name
    session.delete(found)
    session.flush()
    record(session, actor, AuditAction.MAPPING_DELETED, "mapping", saved_id, {"name": name})

"""Datasets and their versions: created, uploaded, found, renamed, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.storage import Received, Storage
from app.datasets.blobs import discard_blob, keep_blob
from app.datasets.drafts import discard_draft
from app.datasets.filenames import accept_filename, clean_filename
from app.datasets.models import (
    Dataset,
    DatasetVersion,
    RemoteFile,
    VersionPart,
    VersionSource,
    VersionStatus,
)
from app.datasets.schemas import LONGEST_NAME, DatasetCreate, DatasetRename
from app.datasets.uses import refuse_if_used


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """What somebody sends: the name they gave it and the writer that holds its bytes."""

    filename: str | None
    writer: Received


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from."""

    source: VersionSource
    parent_version_id: int | None = None
    part: VersionPart | None = None

    @property
    def action(self) -> AuditAction:
        if self.source is VersionSource.IMPORT:
            return AuditAction.VERSION_IMPORTED
        prepared = self.parent_version_id is not None
        return AuditAction.VERSION_PREPARED if prepared else AuditAction.VERSION_UPLOADED


class NamedVersion(NamedTuple):
    version: DatasetVersion
    dataset_name: str

    @property
    def label(self) -> str:
        """As people write it: reviews @2."""
        return f"{self.dataset_name} @{self.version.number}"


UPLOADED = Origin(VersionSource.UPLOAD)


def create_dataset(
    session: Session,
    actor: Actor,
    data: DatasetCreate,
    file: IncomingFile,
    origin: Origin = UPLOADED,
) -> DatasetVersion:
    """A dataset with its first version. Sent twice, it is there once."""
    filename = accept_filename(file.filename, file.writer.size)
    name = data.name or PurePosixPath(filename).stem[:LONGEST_NAME].strip() or filename
    existing = find_dataset_by_name(session, name)
    if existing is not None:
        return _same_version(session, existing, file)
    dataset = Dataset(name=name, created_by_id=actor.id, created_by=actor.name)
    _add_dataset(session, dataset)
    record(session, actor, AuditAction.DATASET_CREATED, "dataset", dataset.id, {"name": name})
    return add_version(session, actor, dataset, file, origin)


def upload_version(
    session: Session, actor: Actor, dataset_id: int, file: IncomingFile
) -> DatasetVersion:
    """The next version. Bytes that the dataset has already stay the version they are."""
    dataset = get_dataset(session, dataset_id, lock=True)
    accept_filename(file.filename, file.writer.size)
    existing = _find_version_by_bytes(session, dataset, file)
    return existing or add_version(session, actor, dataset, file, UPLOADED)


def add_version(
    session: Session, actor: Actor, dataset: Dataset, file: IncomingFile, origin: Origin
) -> DatasetVersion:
    """Stores the bytes; the row waits for the check. `dataset` is locked or new."""
    dataset.last_number += 1
    dataset.updated_at = now()
    blob = keep_blob(session, file.writer)
    version = DatasetVersion(
        dataset_id=dataset.id or 0,
        number=dataset.last_number,
        filename=clean_filename(file.filename),
        sha256=blob.sha256,
        size=blob.size,
        source=origin.source,
        part=origin.part,
        parent_version_id=origin.parent_version_id,
        created_by_id=actor.id,
        created_by=actor.name,
    )
    session.add(version)
    session.flush()
    detail: dict[str, object] = {"dataset": dataset.name, "number": version.number}
    record(session, actor, origin.action, "version", version.id, detail)
    return version


def rename_dataset(session: Session, actor: Actor, dataset_id: int, data: DatasetRename) -> Dataset:
    dataset = get_dataset(session, dataset_id)
    if data.name != dataset.name:
        if find_dataset_by_name(session, data.name) is not None:
            raise _name_taken()
        detail: dict[str, object] = {"from": dataset.name, "to": data.name}
        dataset.name = data.name
        _add_dataset(session, dataset)
        record(session, actor, AuditAction.DATASET_RENAMED, "dataset", dataset.id, detail)
    return dataset


def delete_version(session: Session, storage: Storage, actor: Actor, version_id: int) -> None:
    """Refused while a job or another version was made from it."""
    version = get_version(session, version_id)
    dataset = get_dataset(session, version.dataset_id)
    refuse_if_used(session, [version])
    _delete_rows(session, storage, [version])
    detail: dict[str, object] = {"dataset": dataset.name, "number": version.number}
    record(session, actor, AuditAction.VERSION_DELETED, "version", version_id, detail)


def delete_dataset(session: Session, storage: Storage, actor: Actor, dataset_id: int) -> None:
    """With all its versions; refused while a job uses one of them."""
    dataset = get_dataset(session, dataset_id, lock=True)
    versions = list_versions(session, dataset_id)
    refuse_if_used(session, versions)
    _delete_rows(session, storage, versions)
    session.delete(dataset)
    detail: dict[str, object] = {"name": dataset.name, "versions": len(versions)}
    record(session, actor, AuditAction.DATASET_DELETED, "dataset", dataset_id, detail)


def get_dataset(session: Session, dataset_id: int, *, lock: bool = False) -> Dataset:
    dataset = session.get(Dataset, dataset_id, with_for_update=lock or None)
    if dataset is None:
        raise NotFound("There is no such dataset.")
    return dataset


def find_dataset_by_name(session: Session, name: str) -> Dataset | None:
    return session.exec(select(Dataset).where(Dataset.name == name)).first()


def find_dataset_name(session: Session, dataset_id: int | None) -> str | None:
    return session.exec(select(Dataset.name).where(Dataset.id == dataset_id)).first()


def get_version(session: Session, version_id: int) -> DatasetVersion:
    version = session.get(DatasetVersion, version_id)
    if version is None:
        raise NotFound("There is no such version.")
    return version


def get_version_by_number(session: Session, dataset_id: int, number: int) -> DatasetVersion:
    query = select(DatasetVersion).where(
        DatasetVersion.dataset_id == dataset_id, DatasetVersion.number == number
    )
    version = session.exec(query).first()
    if version is None:
        raise NotFound("There is no such version.")
    return version


def list_versions(session: Session, dataset_id: int) -> Sequence[DatasetVersion]:
    """Newest first."""
    query = select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id)
    return session.exec(query.order_by(col(DatasetVersion.number).desc())).all()


def list_children(session: Session, version_id: int) -> Sequence[DatasetVersion]:
    """Versions made from it."""
    query = select(DatasetVersion).where(DatasetVersion.parent_version_id == version_id)
    return session.exec(query.order_by(col(DatasetVersion.id))).all()


def list_ready_versions(session: Session) -> list[NamedVersion]:
    """Versions that a job may use, with the name of their dataset; newest first."""
    usable = [status for status in VersionStatus if status.is_usable]
    query = (
        select(DatasetVersion, Dataset.name)
        .join(Dataset, col(Dataset.id) == col(DatasetVersion.dataset_id))
        .where(col(DatasetVersion.status).in_(usable))
        .order_by(col(DatasetVersion.id).desc())
    )
    return [NamedVersion(version, name) for version, name in session.exec(query)]


def name_version(session: Session, version: DatasetVersion) -> NamedVersion:
    return NamedVersion(version, get_dataset(session, version.dataset_id).name)


def open_version(storage: Storage, version: DatasetVersion) -> BinaryIO:
    """Raises FileNotFoundError when the bytes are gone."""
    return storage.open(version.sha256)


def find_remote_file(session: Session, version_id: int, connection_id: int) -> RemoteFile | None:
    query = select(RemoteFile).where(
        RemoteFile.version_id == version_id, RemoteFile.connection_id == connection_id
    )
    return session.exec(query).first()


def keep_remote_file(
    session: Session,
    version_id: int,
    connection_id: int,
    *,
    remote_id: str,
    filename: str,
    state: str,
) -> RemoteFile:
    """Remember the copy at a provider; a later one takes the place of an earlier."""
    remote = find_remote_file(session, version_id, connection_id)
    if remote is None:
        remote = RemoteFile(
            version_id=version_id, connection_id=connection_id, remote_id="", filename="", state=""
        )
    if remote.remote_id != remote_id:
        remote.created_at = now()
    remote.remote_id, remote.filename, remote.state = remote_id, filename, state
    session.add(remote)
    session.flush()
    return remote


def forget_remote_file(session: Session, version_id: int, connection_id: int) -> None:
    """For a copy that the provider no longer has."""
    remote = find_remote_file(session, version_id, connection_id)
    if remote is not None:
        session.delete(remote)
        session.flush()


def _same_version(session: Session, dataset: Dataset, file: IncomingFile) -> DatasetVersion:
    version = _find_version_by_bytes(session, dataset, file)
    if version is None:
        raise _name_taken()
    return version


def _find_version_by_bytes(
    session: Session, dataset: Dataset, file: IncomingFile
) -> DatasetVersion | None:
    query = select(DatasetVersion).where(
        DatasetVersion.dataset_id == dataset.id, DatasetVersion.sha256 == file.writer.sha256
    )
    return session.exec(query).first()


def _add_dataset(session: Session, dataset: Dataset) -> None:
    """Two at once may both find the name free; the database lets one of them in."""
    try:
        session.add(dataset)
        session.flush()
    except IntegrityError as error:
        raise _name_taken() from error


def _name_taken() -> Invalid:
    return Invalid("There is a dataset of this name already.", field="name")


def _delete_rows(session: Session, storage: Storage, versions: Sequence[DatasetVersion]) -> None:
    """Newest first, so that what was made from a version goes before it."""
    for version in sorted(versions, key=lambda version: version.number, reverse=True):
        discard_draft(storage, version.id or 0, version.sha256)
        session.delete(version)
        session.flush()
    for sha256 in {version.sha256 for version in versions}:
        discard_blob(session, storage, sha256)

"""Brings the bytes of a version to a provider unless it has them already."""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.core.context import Context
from app.core.errors import DomainError
from app.datasets.models import DatasetVersion, RemoteFile
from app.datasets.service import forget_remote_file, get_version, keep_remote_file
from app.jobs.models import Job
from app.provider.client import ProviderClient
from app.provider.errors import NotOffered, RemoteNotFound
from app.provider.types import FileState, RemoteFileInfo


class FileBroken(DomainError):
    """The provider has read the file and does not want it."""


class _Sending:
    """What this process is sending at the moment: jobs that begin together share one copy."""

    def __init__(self) -> None:
        self._lock, self._sent = threading.Lock(), set[Hashable]()

    @contextmanager
    def alone(self, what: Hashable) -> Iterator[bool]:
        """Whether nobody else sends it now."""
        with self._lock:
            is_first = what not in self._sent
            self._sent.add(what)
        try:
            yield is_first
        finally:
            if is_first:
                with self._lock:
                    self._sent.remove(what)


_sending = _Sending()


def bring_file(
    context: Context, client: ProviderClient, job: Job, version_id: int
) -> RemoteFileInfo | None:
    """The copy at the provider, perhaps not read to its end yet; None while another job of this
    process sends the same bytes there. Raises FileBroken."""
    with context.db.read() as session:
        version = get_version(session, version_id)
        copy = find_copy(session, version, job.connection_id)
    info = _look_at(client, copy) if copy is not None else None
    if info is not None and info.state is FileState.BROKEN:
        _forget(context, copy)
        if copy is not None and copy.created_at >= job.created_at:
            detail = info.detail or info.filename
            raise FileBroken("The provider cannot use the file: {detail}", detail=detail)
        info = None
    elif info is None:
        _forget(context, copy)
    return info or _send(context, client, job, version)


def _send(
    context: Context, client: ProviderClient, job: Job, version: DatasetVersion
) -> RemoteFileInfo | None:
    with _sending.alone((context.db.url, job.connection_id, version.sha256)) as is_alone:
        if not is_alone:
            return None
        return _keep(context, job, version, _find_or_upload(context, client, version))


def remote_filename(version: DatasetVersion) -> str:
    """Named by its content, so that a copy whose answer was lost is found again."""
    return f"tuneboard-{version.sha256[:24]}.jsonl"


def find_copy(session: Session, version: DatasetVersion, connection_id: int) -> RemoteFile | None:
    """The same bytes at the connection, whichever version they were sent for."""
    query = (
        select(RemoteFile)
        .join(DatasetVersion, col(DatasetVersion.id) == col(RemoteFile.version_id))
        .where(DatasetVersion.sha256 == version.sha256, RemoteFile.connection_id == connection_id)
    )
    return session.exec(query.limit(1)).first()


def _look_at(client: ProviderClient, copy: RemoteFile) -> RemoteFileInfo | None:
    """None where the provider has thrown the copy away."""
    try:
        return client.get_file(copy.remote_id)
    except RemoteNotFound:
        return None


def _forget(context: Context, copy: RemoteFile | None) -> None:
    if copy is not None:
        with context.db.write() as session:
            forget_remote_file(session, copy.version_id, copy.connection_id)


def _find_or_upload(
    context: Context, client: ProviderClient, version: DatasetVersion
) -> RemoteFileInfo:
    filename = remote_filename(version)
    try:
        found = client.find_file(filename, version.size)
    except NotOffered:
        found = None
    if found is not None:
        return found
    if not context.storage.exists(version.sha256):
        raise DomainError("The bytes of this version are missing in our own storage.")
    with context.storage.open(version.sha256) as content:
        return client.upload_file(content, filename)


def _keep(
    context: Context, job: Job, version: DatasetVersion, info: RemoteFileInfo
) -> RemoteFileInfo:
    try:
        _write(context, job, version, info)
    except IntegrityError:
        # Another replica brought the same bytes in this moment: the later copy is remembered.
        _write(context, job, version, info)
    return info


def _write(context: Context, job: Job, version: DatasetVersion, info: RemoteFileInfo) -> None:
    with context.db.write() as session:
        keep_remote_file(
            session,
            version.id or 0,
            job.connection_id,
            remote_id=info.remote_id,
            filename=info.filename or remote_filename(version),
            state=info.state.value,
        )

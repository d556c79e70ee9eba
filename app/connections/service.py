"""Connections: added, changed, retired and tested by people; their models kept by the worker."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.connections.findings import (
    forget_findings,
    keep_error,
    keep_probe,
    keep_success,
)
from app.connections.models import Connection
from app.connections.probe import probe
from app.connections.schemas import ConnectionCreate, ConnectionUpdate
from app.core.actor import SYSTEM, Actor
from app.core.clock import now
from app.core.config import Settings, get_settings
from app.core.context import Context
from app.core.errors import Conflict, DomainError, Invalid, NotFound
from app.core.secrets import SecretBox
from app.provider.addresses import clean_base_url, refuse_written_address
from app.provider.client import ProviderClient
from app.provider.errors import ProviderError
from app.provider.profiles import ENGINE, PROFILES, Profile, get_profile
from app.provider.sdk import Endpoint

ENGINE_NAME = "Tuneboard engine"
# A person waits for a test; the worker has more time.
TEST_SECONDS = 10.0


def list_connections(session: Session) -> Sequence[Connection]:
    """Those in use, the built-in one first, then retired ones."""
    is_retired = col(Connection.retired_at).is_not(None)
    is_embedded = col(Connection.is_embedded)
    query = select(Connection).order_by(is_retired, is_embedded.desc(), col(Connection.name))
    return session.exec(query).all()


def get_connection(session: Session, connection_id: int) -> Connection:
    connection = session.get(Connection, connection_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def get_changeable_connection(session: Session, connection_id: int) -> Connection:
    connection = get_connection(session, connection_id)
    if connection.is_embedded:
        raise Conflict("The built-in engine is looked after by Tuneboard itself.")
    return connection


def list_profiles() -> list[Profile]:
    """Kinds of providers people can add."""
    return [profile for profile in PROFILES.values() if profile.is_offered]


def create_connection(
    session: Session, secrets: SecretBox, settings: Settings, actor: Actor, data: ConnectionCreate
) -> Connection:
    profile = get_profile(data.profile)
    if profile not in list_profiles():
        raise Invalid("Choose one of the list.", field="profile")
    if profile.needs_key and not data.api_key:
        raise Invalid("This provider needs a key.", field="api_key")
    connection = Connection(name="", profile_name=profile.name, base_url="")
    _fill(session, secrets, settings, connection, data)
    session.add(connection)
    session.flush()
    _record(session, actor, AuditAction.CONNECTION_CREATED, connection)
    return connection


def update_connection(
    session: Session,
    secrets: SecretBox,
    settings: Settings,
    actor: Actor,
    connection_id: int,
    data: ConnectionUpdate,
) -> Connection:
    connection = get_changeable_connection(session, connection_id)
    _fill(session, secrets, settings, connection, data)
    _record(session, actor, AuditAction.CONNECTION_UPDATED, connection)
    return connection


def retire_connection(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Asked no more; what it brought stays."""
    connection = get_changeable_connection(session, connection_id)
    if connection.is_retired:
        raise Conflict("This connection is retired already.")
    connection.retired_at = now()
    _record(session, actor, AuditAction.CONNECTION_RETIRED, connection)
    return connection


def restore_connection(session: Session, actor: Actor, connection_id: int) -> Connection:
    connection = get_connection(session, connection_id)
    if not connection.is_retired:
        raise Conflict("This connection is in use already.")
    connection.retired_at = None
    connection.models_due_at = now()
    _record(session, actor, AuditAction.CONNECTION_RESTORED, connection)
    return connection


def test_connection(context: Context, actor: Actor, connection_id: int) -> Connection:
    """Ask the provider, outside any transaction, and keep what it said."""
    with context.db.read() as session:
        asked = get_connection(session, connection_id)
    if asked.is_retired:
        raise Conflict("This connection is retired. Use it again before you test it.")
    with client_for(asked, context.secrets, context.settings, read_seconds=TEST_SECONDS) as client:
        result = probe(client, asked.host, training_available=asked.training_available)
    with context.db.write() as session:
        connection = get_connection(session, connection_id)
        if connection.changed_at != asked.changed_at:
            raise Conflict("The connection was changed during the test. Test it again.")
        keep_probe(connection, result)
        _record(
            session, actor, AuditAction.CONNECTION_TESTED, connection, is_good=result.error is None
        )
        return connection


def refresh_models(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Have the worker read the list of models now."""
    connection = get_connection(session, connection_id)
    if connection.is_retired:
        raise Conflict("This connection is retired. Its models are those it had last.")
    connection.models_due_at = now()
    _record(session, actor, AuditAction.CONNECTION_MODELS_REFRESHED, connection)
    return connection


def ensure_engine_connection(
    session: Session, secrets: SecretBox, base_url: str, key: str
) -> Connection:
    """The built-in engine's connection, with the address and key of this start."""
    query = select(Connection).where(col(Connection.is_embedded))
    connection = session.exec(query).first()
    if connection is None:
        name = _free_name(session, ENGINE_NAME)
        connection = Connection(
            name=name, profile_name=ENGINE.name, base_url=base_url, is_embedded=True
        )
        session.add(connection)
        session.flush()
        _record(session, SYSTEM, AuditAction.CONNECTION_CREATED, connection)
    connection.base_url = base_url
    _set_key(secrets, connection, key)
    forget_findings(connection)
    return connection


def endpoint_of(connection: Connection, secrets: SecretBox) -> Endpoint:
    key = secrets.decrypt(connection.encrypted_key) if connection.encrypted_key else ""
    return Endpoint(
        base_url=connection.base_url,
        api_key=key,
        profile=connection.profile,
        organization=connection.organization,
        project=connection.project,
    )


def client_for(
    connection: Connection,
    secrets: SecretBox,
    settings: Settings | None = None,
    *,
    read_seconds: float = 30.0,
) -> ProviderClient:
    """A client to use in `with`; the connection may be detached from its session."""
    allow_private = (settings or get_settings()).allow_private_addresses
    return ProviderClient(
        endpoint_of(connection, secrets),
        allow_private=allow_private or connection.is_embedded,
        read_seconds=read_seconds,
    )


def note_success(session: Session, connection_id: int) -> None:
    """Something was asked and answered."""
    keep_success(get_connection(session, connection_id))


def note_failure(session: Session, connection_id: int, error: DomainError) -> None:
    """Something went wrong with a provider; shown until something works again."""
    keep_error(get_connection(session, connection_id), error)


def note_job_created(session: Session, connection_id: int) -> None:
    get_connection(session, connection_id).training_available = True
    note_success(session, connection_id)


def _fill(
    session: Session,
    secrets: SecretBox,
    settings: Settings,
    connection: Connection,
    data: ConnectionUpdate,
) -> None:
    _refuse_taken_name(session, connection, data.name)
    base_url = _checked_base_url(data.base_url or connection.profile.base_url, settings)
    moves = connection.base_url != "" and _origin(base_url) != _origin(connection.base_url)
    if moves and connection.encrypted_key and not data.api_key:
        raise Invalid(
            "Enter the key again: it is only sent to the server it was entered for.",
            field="api_key",
        )
    before = _address_of(connection)
    connection.name = data.name
    connection.base_url = base_url
    connection.organization = data.organization or None
    connection.project = data.project or None
    if data.api_key:
        _set_key(secrets, connection, data.api_key)
    if _address_of(connection) != before:
        forget_findings(connection)


def _address_of(connection: Connection) -> tuple[str | None, ...]:
    """What decides who is asked, and as whom."""
    return (
        connection.base_url,
        connection.encrypted_key,
        connection.organization,
        connection.project,
    )


def _checked_base_url(address: str, settings: Settings) -> str:
    try:
        base_url = clean_base_url(address)
        refuse_written_address(base_url, allow_private=settings.allow_private_addresses)
    except ProviderError as error:
        raise Invalid(error.sentence, field="base_url", **error.params) from error
    return base_url


def _origin(base_url: str) -> str:
    """Scheme, host and port: whom a key is sent to."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def _set_key(secrets: SecretBox, connection: Connection, key: str) -> None:
    connection.encrypted_key = secrets.encrypt(key)
    connection.key_set_at = now()


def _refuse_taken_name(session: Session, connection: Connection, name: str) -> None:
    query = select(Connection.id).where(func.lower(Connection.name) == name.lower())
    if session.exec(query).first() not in (None, connection.id):
        raise Invalid("Another connection has this name already.", field="name")


def _free_name(session: Session, name: str) -> str:
    taken = {known.lower() for known in session.exec(select(Connection.name)).all()}
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in names if candidate.lower() not in taken)


def _record(
    session: Session,
    actor: Actor,
    action: AuditAction,
    connection: Connection,
    **detail: object,
) -> None:
    detail = {"name": connection.name, **detail}
    record(session, actor, action, "connection", connection.id, detail)

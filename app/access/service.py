"""People: the first admin, sign-in and sign-out, roles."""

import secrets as random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from app.access.models import LoginSession, User
from app.access.passwords import hash_password, password_matches, unmatchable_hash
from app.access.schemas import (
    AdminCreate,
    Credentials,
    PasswordChange,
    PasswordReset,
    RoleChange,
    UserCreate,
)
from app.audit.models import AuditAction
from app.audit.service import record
from app.core.actor import SYSTEM, Actor, Role
from app.core.clock import now
from app.core.db import Database
from app.core.errors import Conflict, Invalid, NotFound, TooManyAttempts
from app.core.secrets import SecretBox
from app.core.text import N_

FREE_FAILURES = 5
SHORTEST_WAIT = timedelta(seconds=4)
LONGEST_WAIT = timedelta(minutes=15)
WAIT = N_("Too many failed attempts. Wait a moment and try again.")
# Looking at a password takes a core for a while: guesses must not keep the pages from answering.
MOST_AT_A_TIME = 3
_places = BoundedSemaphore(MOST_AT_A_TIME)


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.name, user.role)


def has_users(session: Session) -> bool:
    return session.exec(select(func.count(col(User.id)))).one() > 0


def create_admin(session: Session, data: AdminCreate) -> User:
    """The first visit: works only while nobody is there."""
    if has_users(session):
        raise Conflict("Tuneboard is set up already. Sign in.")
    return create_user(session, SYSTEM, UserCreate(**data.model_dump(), role=Role.ADMIN))


def create_user(session: Session, actor: Actor, data: UserCreate) -> User:
    if find_user_by_name(session, data.name) is not None:
        raise Invalid("Somebody has this name already.", field="name")
    user = User(name=data.name, password_hash=hash_password(data.password), role=data.role)
    session.add(user)
    session.flush()
    record(session, actor, AuditAction.USER_CREATED, "user", user.id, {"role": user.role})
    return user


def list_users(session: Session) -> Sequence[User]:
    return session.exec(select(User).order_by(col(User.name))).all()


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def find_user_by_name(session: Session, name: str) -> User | None:
    # Both sides folded by the database: SQLite leaves letters beyond ASCII as they are.
    return session.exec(select(User).where(func.lower(User.name) == func.lower(name))).first()


def change_role(session: Session, actor: Actor, user_id: int, data: RoleChange) -> User:
    user = get_user(session, user_id)
    if user.role is not data.role:
        _keep_an_admin(session, user)
        record(
            session,
            actor,
            AuditAction.USER_ROLE_CHANGED,
            "user",
            user.id,
            {"from": user.role, "to": data.role},
        )
        user.role = data.role
    return user


def retire_user(session: Session, actor: Actor, user_id: int) -> User:
    """Signs the person out everywhere; what they did stays theirs."""
    user = get_user(session, user_id)
    _keep_an_admin(session, user)
    user.retired_at = now()
    _end_sessions(session, user)
    record(session, actor, AuditAction.USER_RETIRED, "user", user.id)
    return user


def restore_user(session: Session, actor: Actor, user_id: int) -> User:
    user = get_user(session, user_id)
    user.retired_at = None
    record(session, actor, AuditAction.USER_RESTORED, "user", user.id)
    return user


def reset_password(session: Session, actor: Actor, user_id: int, data: PasswordReset) -> User:
    user = get_user(session, user_id)
    _set_password(session, actor, user, data.password)
    return user


def change_password(session: Session, actor: Actor, data: PasswordChange) -> User:
    user = get_user(session, actor.id or 0)
    if not password_matches(data.current_password, user.password_hash):
        raise Invalid("This is not your present password.", field="current_password")
    _set_password(session, actor, user, data.password)
    return user


def sign_in(
    db: Database, secrets: SecretBox, data: Credentials, *, days: int, user_agent: str
) -> str | None:
    """A new session token, or None.

    An attempt counts as failed until the password is known to be right, so that many at a time
    are slowed down too. The password is looked at outside of any transaction: that takes long.
    """
    with _one_of_few():
        with db.write() as session:
            known = _count_attempt(session, data.name)
        if not _may_enter(known, data.password) or known is None:
            return None
    with db.write() as session:
        user = get_user(session, known.id or 0)
        if user.is_retired or user.password_hash != known.password_hash:
            return None
        user.failed_count, user.locked_until = 0, None
        record(session, actor_of(user), AuditAction.USER_SIGNED_IN, "user", user.id)
        return start_session(session, secrets, user, days=days, user_agent=user_agent)


def start_session(
    session: Session, secrets: SecretBox, user: User, *, days: int, user_agent: str
) -> str:
    token = random.token_urlsafe(32)
    session.add(
        LoginSession(
            user_id=user.id or 0,
            token_hash=secrets.keyed_hash(token),
            expires_at=now() + timedelta(days=days),
            user_agent=user_agent[:255],
        )
    )
    return token


def find_user_by_token(session: Session, secrets: SecretBox, token: str) -> User | None:
    query = (
        select(User)
        .join(LoginSession, col(LoginSession.user_id) == col(User.id))
        .where(LoginSession.token_hash == secrets.keyed_hash(token))
        .where(LoginSession.expires_at > now(), col(User.retired_at).is_(None))
    )
    return session.exec(query).first()


def sign_out(session: Session, secrets: SecretBox, actor: Actor, token: str) -> None:
    session.exec(
        delete(LoginSession).where(col(LoginSession.token_hash) == secrets.keyed_hash(token))
    )
    record(session, actor, AuditAction.USER_SIGNED_OUT, "user", actor.id)


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise TooManyAttempts(WAIT)
    try:
        yield
    finally:
        _places.release()


def _count_attempt(session: Session, name: str) -> User | None:
    user = find_user_by_name(session, name)
    if user is None:
        return None
    if user.locked_until is not None and user.locked_until > now():
        raise TooManyAttempts(WAIT)
    user.failed_count += 1
    if user.failed_count >= FREE_FAILURES:
        wait = SHORTEST_WAIT * 2 ** min(user.failed_count - FREE_FAILURES, 20)
        user.locked_until = now() + min(wait, LONGEST_WAIT)
    return user


def _may_enter(user: User | None, password: str) -> bool:
    known = user.password_hash if user is not None else unmatchable_hash()
    return password_matches(password, known) and user is not None and not user.is_retired


def _set_password(session: Session, actor: Actor, user: User, password: str) -> None:
    user.password_hash = hash_password(password)
    _end_sessions(session, user)
    record(session, actor, AuditAction.USER_PASSWORD_CHANGED, "user", user.id)


def _end_sessions(session: Session, user: User) -> None:
    session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user.id))


def _keep_an_admin(session: Session, user: User) -> None:
    query = select(func.count(col(User.id))).where(
        User.role == Role.ADMIN, col(User.retired_at).is_(None), col(User.id) != user.id
    )
    if user.role is Role.ADMIN and session.exec(query).one() == 0:
        raise Conflict("This is the last admin. Make somebody else admin first.")

"""Argon2 password hashes."""

from functools import cache

from pwdlib import PasswordHash


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def password_matches(password: str, password_hash: str) -> bool:
    return _hasher().verify(password, password_hash)


@cache
def unmatchable_hash() -> str:
    """Checked when there is no such person, so that the answer takes as long as for a real one."""
    return hash_password("nobody has this password")

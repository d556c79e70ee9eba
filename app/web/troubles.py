"""What is said when the machine is in the way: a full disk, a folder that may not be written to,
a database that is busy or away. Nothing was changed then, and a person can be told so."""

import errno
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.exc import InternalError, OperationalError

from app.core.text import N_

FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True)
class Trouble:
    status: HTTPStatus
    code: str
    sentence: str


NO_ROOM = Trouble(
    HTTPStatus.INSUFFICIENT_STORAGE,
    "no_room",
    N_("The disk of the server is full. Nothing was changed; what was there before is safe."),
)
READ_ONLY = Trouble(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "read_only",
    N_("The server may not write to its data. Nothing was changed; tell who looks after it."),
)
BUSY = Trouble(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "busy",
    N_("The database is busy. Nothing was changed; try again in a moment."),
)
AWAY = Trouble(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "away",
    N_("The database cannot be reached. Nothing was changed; try again in a moment."),
)
# Words of SQLite and PostgreSQL.
_WORDS = {
    "disk is full": NO_ROOM,
    "no space left": NO_ROOM,
    "readonly database": READ_ONLY,
    "read-only transaction": READ_ONLY,
    "locked": BUSY,
    "lock timeout": BUSY,
    "unable to open database": AWAY,
    "disk i/o error": AWAY,
    "connection": AWAY,
}


def find_trouble(error: Exception) -> Trouble | None:
    """None where something of ours went wrong instead."""
    if isinstance(error, OperationalError | InternalError):
        said = str(error.orig).lower()
        return next((trouble for words, trouble in _WORDS.items() if words in said), None)
    if isinstance(error, OSError) and error.errno in FULL:
        return NO_ROOM
    return READ_ONLY if isinstance(error, OSError) and error.errno in NOT_ALLOWED else None

"""What routes are given: settings, storage, secrets, and one transaction per request."""

from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Path, Request
from sqlmodel import Session

from app.core.config import Settings
from app.core.context import Context
from app.core.db import Database
from app.core.secrets import SecretBox
from app.core.storage import Storage


def get_context(request: Request) -> Context:
    return cast(Context, request.app.state.context)


AppContext = Annotated[Context, Depends(get_context)]


def get_settings(context: AppContext) -> Settings:
    return context.settings


def get_database(context: AppContext) -> Database:
    return context.db


def get_storage(context: AppContext) -> Storage:
    return context.storage


def get_secrets(context: AppContext) -> SecretBox:
    return context.secrets


def get_read_session(context: AppContext) -> Iterator[Session]:
    with context.db.read() as session:
        yield session


def get_write_session(context: AppContext) -> Iterator[Session]:
    with context.db.write() as session:
        yield session


# What the smallest of our databases can hold in a key.
LARGEST_ID = 2_147_483_647
RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]

AppSettings = Annotated[Settings, Depends(get_settings)]
AppDatabase = Annotated[Database, Depends(get_database)]
AppStorage = Annotated[Storage, Depends(get_storage)]
AppSecrets = Annotated[SecretBox, Depends(get_secrets)]
# "function": the commit must come before the answer leaves, not after it.
ReadSession = Annotated[Session, Depends(get_read_session, scope="function")]
WriteSession = Annotated[Session, Depends(get_write_session, scope="function")]

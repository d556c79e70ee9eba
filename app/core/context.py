"""What background work needs: the same things everywhere, handed on as one."""

import os
import secrets as random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.config import Settings
from app.core.db import Database
from app.core.secrets import SecretBox, load_secret_box
from app.core.storage import Storage


def new_owner() -> str:
    """Name under which a worker holds leases."""
    return f"{os.getpid()}-{random.token_hex(6)}"


@dataclass(frozen=True)
class Context:
    """`stop` is set when long work shall be left where it is, for another worker to go on."""

    settings: Settings
    db: Database
    storage: Storage
    secrets: SecretBox
    owner: str = field(default_factory=new_owner)
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Task:
    """Background work of a feature: claims one due row, does it, True if there was one.

    `is_remote`: it waits for a provider, which may take long and says nothing about the next one.
    """

    name: str
    do_one: Callable[[Context], bool]
    is_remote: bool = False


def create_context(settings: Settings) -> Context:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Context(
        settings,
        Database(settings.resolved_database_url),
        Storage(settings.data_dir / "files"),
        load_secret_box(settings),
    )

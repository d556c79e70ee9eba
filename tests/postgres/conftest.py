"""A PostgreSQL server for the tests: the one TEST_POSTGRES_URL names, else one of our own.

Where neither is to be had these tests are skipped.
"""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.core.config import Settings
from tests.conftest import make_settings
from tests.free_port import free_port

USER = "postgres"


def find_binaries() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (installed[-1] if installed else None)
    return Path(found).parent if found else None


def command(binaries: Path, name: str, *arguments: str) -> None:
    """PostgreSQL refuses to be started by root."""
    as_user = USER if getpass.getuser() == "root" else None
    subprocess.run([binaries / name, *arguments], user=as_user, check=True, capture_output=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """An address without the name of a database."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given.rstrip("/")
        return
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server and no binaries to start one")
    # Not below the tests' own folder, which the server's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="tuneboard-postgres-"))
    if getpass.getuser() == "root":
        shutil.chown(folder, USER)
    port = free_port()
    data, sockets = str(folder / "data"), f"-p {port} -k {folder} -c fsync=off"
    command(binaries, "initdb", "-D", data, "-A", "trust", "-U", USER)
    command(binaries, "pg_ctl", "-D", data, "-o", sockets, "-l", str(folder / "log"), "-w", "start")
    yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}"
    command(binaries, "pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def settings(postgres_server: str, tmp_path: Path) -> Iterator[Settings]:
    """A fresh database for each test."""
    name = f"tuneboard_{free_port()}"
    administrator = create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_settings(tmp_path / "data", database_url=f"{postgres_server}/{name}")
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()

"""Migrations: up, down, and equal to the models."""

import re

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from app.core.config import Settings
from app.core.context import create_context
from app.core.db import Database, migration_config
from tests.conftest import make_settings
from tests.house.sources import ROOT


def test_models_and_migrations_agree(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrations_go_down_and_up_again(settings: Settings) -> None:
    db = create_context(settings).db
    with db.engine.execution_options(write=True).begin() as connection:
        command.downgrade(migration_config(connection), "base")
    with db.engine.connect() as connection:
        assert db.engine.dialect.get_table_names(connection) == ["alembic_version"]
    db.upgrade()
    with db.engine.connect() as connection:
        assert "user_account" in db.engine.dialect.get_table_names(connection)
    db.close()


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory.from_config(migration_config())
    assert len(scripts.get_heads()) == 1


def test_names_are_dated() -> None:
    names = [path.name for path in (ROOT / "migrations" / "versions").glob("*.py")]
    assert names
    assert all(re.match(r"\d{4}_\d\d_\d\d_\d{4}-\w+_[a-z_]+\.py$", name) for name in names)


def test_upgrading_twice_changes_nothing(settings: Settings) -> None:
    db = create_context(make_settings(settings.data_dir)).db
    db.upgrade()
    with db.engine.connect() as connection:
        first = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert len(first) == 1
    db.close()

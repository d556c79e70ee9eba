"""Applies migrations: at start over the application's connection, else by `alembic` itself."""

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from app import tables
from app.core.config import get_settings
from app.core.db import Database

assert tables  # importing the models fills the metadata
LOCK_TIMEOUT = "5s"


def migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        # Replicas that start together migrate one after the other.
        connection.execute(text("SELECT pg_advisory_xact_lock(742516)"))
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with (
        Database(get_settings().resolved_database_url)
        .engine.execution_options(write=True)
        .begin() as own
    ):
        migrate(own)

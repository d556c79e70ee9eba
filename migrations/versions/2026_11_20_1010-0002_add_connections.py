"""add connections

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection",
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_expires_at", sa.Float(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("profile_name", sa.String(32), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("encrypted_key", sa.String(6000), nullable=True),
        sa.Column("key_set_at", UTCDateTime(), nullable=True),
        sa.Column("organization", sa.String(200), nullable=True),
        sa.Column("project", sa.String(200), nullable=True),
        sa.Column("is_embedded", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.Column("last_sync_at", UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.JSON(), nullable=True),
        sa.Column("last_error_at", UTCDateTime(), nullable=True),
        sa.Column("training_available", sa.Boolean(), nullable=True),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("models_fetched_at", UTCDateTime(), nullable=True),
        sa.Column("models_due_at", UTCDateTime(), nullable=False),
        sa.Column("models_failure_count", sa.Integer(), nullable=False),
        sa.Column("last_test", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_connection"),
        sa.UniqueConstraint("name", name="uq_connection_name"),
    )
    op.create_index("ix_connection_models_due_at", "connection", ["models_due_at"])


def downgrade() -> None:
    op.drop_table("connection")

"""add deep checks

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deep_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.BigInteger(), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("compared_count", sa.BigInteger(), nullable=False),
        sa.Column("different_count", sa.BigInteger(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_expires_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["dataset_version.id"],
            name="fk_deep_check_version_id_dataset_version",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deep_check"),
        sa.UniqueConstraint("version_id", name="uq_deep_check_version_id"),
    )
    op.create_index("ix_deep_check_status", "deep_check", ["status"])
    _ask_for_versions_checked_before()


def downgrade() -> None:
    op.drop_table("deep_check")


def _ask_for_versions_checked_before() -> None:
    op.execute(
        "INSERT INTO deep_check (version_id, status, attempt_count, done_count, total_count,"
        " findings, compared_count, different_count)"
        " SELECT id, 'waiting', 0, 0, 0, '{}', 0, 0 FROM dataset_version"
        " WHERE status IN ('ready', 'warning', 'blocked')"
    )

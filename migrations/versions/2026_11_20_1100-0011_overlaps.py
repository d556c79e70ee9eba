"""add overlaps

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overlap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("against_id", sa.Integer(), nullable=False),
        sa.Column("group_path", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.BigInteger(), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("affected_count", sa.BigInteger(), nullable=False),
        sa.Column("compared_count", sa.BigInteger(), nullable=False),
        sa.Column("different_count", sa.BigInteger(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_expires_at", sa.Float(), nullable=True),
        *(_key(column) for column in ("version_id", "against_id")),
        sa.PrimaryKeyConstraint("id", name="pk_overlap"),
        sa.UniqueConstraint("version_id", "against_id", "group_path", name="uq_overlap_version_id"),
    )
    op.create_index("ix_overlap_against_id", "overlap", ["against_id"])
    op.create_index("ix_overlap_status", "overlap", ["status"])


def downgrade() -> None:
    op.drop_table("overlap")


def _key(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        ["dataset_version.id"],
        name=f"fk_overlap_{column}_dataset_version",
        ondelete="CASCADE",
    )

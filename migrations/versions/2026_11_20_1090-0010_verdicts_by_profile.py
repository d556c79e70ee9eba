"""add overrides of severities

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "severity_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset.id"],
            name="fk_severity_override_dataset_id_dataset",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name="fk_severity_override_created_by_id_user_account",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_severity_override"),
        sa.UniqueConstraint("dataset_id", "rule", name="uq_severity_override_dataset_id"),
    )
    _check_all_versions_again()


def downgrade() -> None:
    op.drop_table("severity_override")


def _check_all_versions_again() -> None:
    """Their example indexes are of an earlier layout, which no page reads."""
    op.execute(
        "UPDATE dataset_version SET status = 'uploaded', attempt_count = 0"
        " WHERE status IN ('ready', 'warning', 'blocked')"
    )

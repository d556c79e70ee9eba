"""resumed checks

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("resumed_bytes", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("dataset_version", column)


def downgrade() -> None:
    op.drop_column("dataset_version", "resumed_bytes")

"""text findings

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("texts", sa.JSON(), nullable=False, server_default="{}")
    op.add_column("deep_check", column)
    _look_again_at_all_versions()


def downgrade() -> None:
    op.drop_column("deep_check", "texts")


def _look_again_at_all_versions() -> None:
    op.execute(
        "UPDATE deep_check SET status = 'waiting', attempt_count = 0, done_count = 0,"
        " total_count = 0"
    )

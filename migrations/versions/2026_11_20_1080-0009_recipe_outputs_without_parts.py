"""recipe outputs without parts

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipe", sa.Column("effects", sa.JSON(), nullable=True))
    op.add_column("recipe", sa.Column("failure", sa.String(255), nullable=True))
    with op.batch_alter_table("recipe_output") as table:
        table.alter_column("part", existing_type=sa.String(16), nullable=True)


def downgrade() -> None:
    """Versions made by other steps than a split lose their recipe, not their bytes."""
    op.execute(sa.text("DELETE FROM recipe_output WHERE part IS NULL"))
    with op.batch_alter_table("recipe_output") as table:
        table.alter_column("part", existing_type=sa.String(16), nullable=False)
    op.drop_column("recipe", "failure")
    op.drop_column("recipe", "effects")

"""add imports

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

INDEXED = ("sha256", "status", "columns_key", "left_out_sha256", "created_at")


def upgrade() -> None:
    _create_dataset_import()
    _create_import_output()


def downgrade() -> None:
    op.drop_table("import_output")
    op.drop_table("dataset_import")


def _create_dataset_import() -> None:
    op.create_table(
        "dataset_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        *_found_columns(),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_expires_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset.id"],
            name="fk_dataset_import_dataset_id_dataset",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name="fk_dataset_import_created_by_id_user_account",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_import"),
    )
    for name in INDEXED:
        op.create_index(f"ix_dataset_import_{name}", "dataset_import", [name])


def _found_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("recognition", sa.JSON(), nullable=True),
        sa.Column("sample", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=True),
        sa.Column("columns_key", sa.String(32), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("left_out_sha256", sa.String(64), nullable=True),
    ]


def _create_import_output() -> None:
    op.create_table(
        "import_output",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("is_without_system", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["dataset_version.id"],
            name="fk_import_output_version_id_dataset_version",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["dataset_import.id"],
            name="fk_import_output_import_id_dataset_import",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name="pk_import_output"),
    )
    op.create_index("ix_import_output_import_id", "import_output", ["import_id"])

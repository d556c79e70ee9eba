"""saved mappings, and when an import was begun

Revision ID: 0015
Revises: 0014
"""

from hashlib import sha256

import orjson
import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dataset_import", sa.Column("begun_at", UTCDateTime(), nullable=True))
    saved = _create_saved_mapping()
    rows = list(_used_mappings())
    if rows:
        op.bulk_insert(saved, rows)


def downgrade() -> None:
    op.drop_table("saved_mapping")
    op.drop_column("dataset_import", "begun_at")


def _create_saved_mapping() -> sa.Table:
    saved = op.create_table(
        "saved_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("columns_key", sa.String(32), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name="fk_saved_mapping_created_by_id_user_account",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_mapping"),
        sa.UniqueConstraint("columns_key", "key", name="uq_saved_mapping_columns_key"),
    )
    op.create_index("ix_saved_mapping_used_at", "saved_mapping", ["used_at"])
    return saved


def _used_mappings() -> list[dict[str, object]]:
    """Imports were where mappings could be found again; each mapping counts once."""
    columns = ("name", "columns_key", "mapping", "created_by_id", "created_by")
    imports = sa.table(
        "dataset_import", *map(sa.column, (*columns[:2], *columns[3:], "status", "id")),
        sa.column("mapping", sa.JSON()), sa.column("created_at", UTCDateTime()),
    )  # fmt: skip
    query = sa.select(imports).where(imports.c.status == "done", imports.c.columns_key.is_not(None))
    found: dict[tuple[str, str], dict[str, object]] = {}
    for row in op.get_bind().execute(query.order_by(imports.c.id)).mappings():
        mapping = {
            name: each for name, each in (row["mapping"] or {}).items()
            if name not in {"also_without_system", "source"}
        }  # fmt: skip
        digest = sha256(orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
        if mapping not in ({}, {"target": "keep"}):
            kept = {name: row[name] for name in columns}
            found[row["columns_key"], digest] = kept | {
                "mapping": mapping, "key": digest, "used_at": row["created_at"],
            }  # fmt: skip
    return list(found.values())

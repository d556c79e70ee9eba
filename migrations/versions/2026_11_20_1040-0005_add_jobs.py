"""add jobs

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

JOB_INDEXES = {
    "ix_job_creation": ["creation"],
    "ix_job_fine_tuned_model": ["fine_tuned_model"],
    "ix_job_listed": [
        "is_finished",
        "id",
        "status",
        "base_model",
        "connection_id",
        "created_by_id",
        "training_version_id",
    ],
    "ix_job_next_sync_at": ["next_sync_at"],
    "ix_job_training_version_id": ["training_version_id"],
    "ix_job_validation_version_id": ["validation_version_id"],
}


def upgrade() -> None:
    _create_job()
    _create_job_sync()
    _create_job_event()
    _create_metric_point()
    _create_checkpoint()
    _create_job_file()


def downgrade() -> None:
    for table in ("job_file", "checkpoint", "metric_point", "job_event", "job_sync", "job"):
        op.drop_table(table)


def _create_job() -> None:
    op.create_table(
        "job",
        *_lease_columns(),
        sa.Column("id", sa.Integer(), nullable=False),
        *_asked_columns(),
        *_told_columns(),
        *_sync_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("token", name="uq_job_token"),
        sa.UniqueConstraint("submission", name="uq_job_submission"),
        sa.UniqueConstraint("remote_id", "connection_id", name="uq_job_remote_id"),
        _foreign_key("job", "connection_id", "connection", "RESTRICT"),
        _foreign_key("job", "copied_from_id", "job", "SET NULL"),
        _foreign_key("job", "created_by_id", "user_account", "SET NULL"),
        _foreign_key("job", "training_version_id", "dataset_version", "RESTRICT"),
        _foreign_key("job", "validation_version_id", "dataset_version", "RESTRICT"),
    )
    for name, columns in JOB_INDEXES.items():
        op.create_index(name, "job", columns)
    op.create_index(
        "ix_job_followed",
        "job",
        ["connection_id", "next_sync_at"],
        sqlite_where=sa.text("is_read IS 0"),
        postgresql_where=sa.text("is_read IS false"),
    )


def _lease_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_expires_at", sa.Float(), nullable=True),
    ]


def _asked_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("submission", sa.String(64), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("base_model", sa.String(200), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("suffix", sa.String(64), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("requested", sa.JSON(), nullable=False),
        sa.Column("training_version_id", sa.Integer(), nullable=False),
        sa.Column("validation_version_id", sa.Integer(), nullable=True),
        sa.Column("training_remote_file", sa.String(200), nullable=True),
        sa.Column("validation_remote_file", sa.String(200), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("warnings_reason", sa.String(500), nullable=True),
        sa.Column("example_count", sa.Integer(), nullable=True),
        sa.Column("estimated_tokens", sa.BigInteger(), nullable=True),
        sa.Column("estimated_usd", sa.Float(), nullable=True),
        sa.Column("usd_per_million", sa.Float(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
    ]


def _told_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("remote_id", sa.String(200), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("raw_status", sa.String(64), nullable=False),
        sa.Column("is_finished", sa.Boolean(), nullable=False),
        sa.Column("resolved", sa.JSON(), nullable=False),
        sa.Column("trained_tokens", sa.BigInteger(), nullable=True),
        sa.Column("fine_tuned_model", sa.String(300), nullable=True),
        sa.Column("error_code", sa.String(200), nullable=True),
        sa.Column("error_message", sa.String(4000), nullable=True),
        sa.Column("error_param", sa.String(200), nullable=True),
        sa.Column("error_places", sa.JSON(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("estimated_finish_at", UTCDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("total_steps", sa.Integer(), nullable=True),
        sa.Column("train_loss", sa.Float(), nullable=True),
        sa.Column("valid_loss", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("best_valid_loss", sa.Float(), nullable=True),
        sa.Column("best_step", sa.Integer(), nullable=True),
        sa.Column("curve_name", sa.String(200), nullable=True),
        sa.Column("curve", sa.JSON(), nullable=False),
    ]


def _sync_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("creation", sa.String(16), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("asked_count", sa.Integer(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("cancel_requested_at", UTCDateTime(), nullable=True),
        sa.Column("next_sync_at", UTCDateTime(), nullable=False),
        sa.Column("sync_seconds", sa.Float(), nullable=False),
        sa.Column("last_synced_at", UTCDateTime(), nullable=True),
        sa.Column("sync_error", sa.String(1000), nullable=True),
        sa.Column("sync_error_places", sa.JSON(), nullable=False),
        sa.Column("watched_until", UTCDateTime(), nullable=True),
        sa.Column("event_marker", sa.String(200), nullable=True),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", UTCDateTime(), nullable=True),
        sa.Column("is_read", sa.Boolean(), nullable=False),
    ]


def _create_job_sync() -> None:
    op.create_table(
        "job_sync",
        *_lease_columns(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("next_sync_at", UTCDateTime(), nullable=False),
        sa.Column("last_synced_at", UTCDateTime(), nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_sync"),
        sa.UniqueConstraint("connection_id", name="uq_job_sync_connection_id"),
        _foreign_key("job_sync", "connection_id", "connection", "CASCADE"),
    )
    op.create_index("ix_job_sync_next_sync_at", "job_sync", ["next_sync_at"])


def _create_job_event() -> None:
    op.create_table(
        "job_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("type", sa.String(64), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_event"),
        sa.UniqueConstraint("job_id", "remote_id", name="uq_job_event_job_id"),
        _foreign_key("job_event", "job_id", "job", "CASCADE"),
    )
    op.create_index("ix_job_event_page", "job_event", ["job_id", "id"])


def _create_metric_point() -> None:
    op.create_table(
        "metric_point",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "name", "step", name="pk_metric_point"),
        _foreign_key("metric_point", "job_id", "job", "CASCADE"),
        sqlite_with_rowid=False,
    )


def _create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(200), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("model", sa.String(300), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_checkpoint"),
        sa.UniqueConstraint("job_id", "remote_id", name="uq_checkpoint_job_id"),
        _foreign_key("checkpoint", "job_id", "job", "CASCADE"),
    )


def _create_job_file() -> None:
    op.create_table(
        "job_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_file"),
        sa.UniqueConstraint("job_id", "remote_id", name="uq_job_file_job_id"),
        _foreign_key("job_file", "job_id", "job", "CASCADE"),
    )


def _foreign_key(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete
    )

"""Who did what, and when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from app.audit.labels import ACTION_LABELS
from app.core.clock import now
from app.core.columns import enum_column, json_column


class AuditAction(StrEnum):
    """Closed list, `<subject>.<what happened>`."""

    USER_CREATED = "user.created"
    USER_ROLE_CHANGED = "user.role_changed"
    USER_RETIRED = "user.retired"
    USER_RESTORED = "user.restored"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_OUT = "user.signed_out"
    CONNECTION_CREATED = "connection.created"
    CONNECTION_UPDATED = "connection.updated"
    CONNECTION_TESTED = "connection.tested"
    CONNECTION_RETIRED = "connection.retired"
    CONNECTION_RESTORED = "connection.restored"
    CONNECTION_MODELS_REFRESHED = "connection.models_refreshed"
    DATASET_CREATED = "dataset.created"
    DATASET_RENAMED = "dataset.renamed"
    DATASET_DELETED = "dataset.deleted"
    VERSION_UPLOADED = "version.uploaded"
    VERSION_VALIDATED = "version.validated"
    VERSION_VALIDATION_CANCELLED = "version.validation_cancelled"
    VERSION_PREPARED = "version.prepared"
    VERSION_DELETED = "version.deleted"
    VERSION_IMPORTED = "version.imported"
    VERSION_COMPARED = "version.compared"
    SEVERITY_OVERRIDDEN = "severity.overridden"
    SEVERITY_RESTORED = "severity.restored"
    UPLOAD_CREATED = "upload.created"
    UPLOAD_DISCARDED = "upload.discarded"
    UPLOAD_EXPIRED = "upload.expired"
    IMPORT_CREATED = "import.created"
    IMPORT_RECOGNISED = "import.recognised"
    IMPORT_STARTED = "import.started"
    IMPORT_MAPPED = "import.mapped"
    IMPORT_CANCELLED = "import.cancelled"
    IMPORT_RETRIED = "import.retried"
    IMPORT_REPEATED = "import.repeated"
    IMPORT_DISCARDED = "import.discarded"
    MAPPING_RENAMED = "mapping.renamed"
    MAPPING_DELETED = "mapping.deleted"
    JOB_CREATED = "job.created"
    JOB_CANCELLED = "job.cancelled"
    JOB_SYNCED = "job.synced"
    PROMPT_SENT = "prompt.sent"

    @property
    def label(self) -> str:
        return ACTION_LABELS.get(self.value, self.value)


class AuditEntry(SQLModel, table=True):
    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, index=True)
    actor_id: int | None = Field(default=None, index=True)
    actor_name: str = Field(max_length=64)
    action: AuditAction = Field(sa_column=enum_column(AuditAction, 64))
    subject: str = Field(max_length=32)
    subject_id: int | None = Field(default=None, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())

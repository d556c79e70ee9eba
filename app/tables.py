"""Every table: one list for the application, migrations and tests."""

from app.access import models as access
from app.audit import models as audit

__all__ = ["access", "audit"]

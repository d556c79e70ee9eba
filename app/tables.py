"""Every table: one list for the application, migrations and tests."""

from app.access import models as access
from app.audit import models as audit
from app.connections import models as connections
from app.datasets import models as datasets
from app.datasets.deep import models as deep_checks
from app.datasets.overlap import models as overlaps
from app.datasets.overrides import models as overrides
from app.datasets.uploads import models as uploads
from app.imports import models as imports
from app.jobs import models as jobs
from app.playground import models as playground
from app.recipes import models as recipes

__all__ = [
    "access",
    "audit",
    "connections",
    "datasets",
    "deep_checks",
    "imports",
    "jobs",
    "overlaps",
    "overrides",
    "playground",
    "recipes",
    "uploads",
]

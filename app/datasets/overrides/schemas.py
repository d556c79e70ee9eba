"""What the form of a severity takes."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.datasets.overrides.models import LONGEST_REASON
from app.datasets.rules import Severity

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_REASON)
]


class SeverityChoice(BaseModel):
    severity: Severity
    reason: Reason

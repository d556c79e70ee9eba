"""What the form of a severity takes."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.datasets.overrides.models import LONGEST_REASON
from app.datasets.rules import Severity

Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=2,
        max_length=LONGEST_REASON,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
    ),
]


class SeverityChoice(BaseModel):
    severity: Severity
    reason: Reason

"""What people send to have two versions compared."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app.datasets.overlap.models import LONGEST_PATH

LARGEST_ID = 2**31 - 1


class OverlapCreate(BaseModel):
    """`by` is the path of a key, empty for the texts. `again`: what was found is lost."""

    against: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    by: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, max_length=LONGEST_PATH, pattern=r"^[^\x00-\x1f\x7f]*$"
        ),
    ] = ""
    again: bool = False

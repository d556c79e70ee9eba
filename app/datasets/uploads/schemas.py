"""What a browser says of a file before it sends it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from app.datasets.filenames import clean_filename
from app.datasets.schemas import LONGEST_NAME

LARGEST_ID = 2_147_483_647
# What JavaScript counts exactly.
LARGEST_NUMBER = 2**53


def _shown(text: str) -> str | None:
    """A name as far as it was typed: it is checked when the form comes."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST_NAME] or None


Filename = Annotated[str, AfterValidator(clean_filename)]
Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class UploadCreate(BaseModel):
    """`fingerprint` is any digest of the first megabyte, the same for the same bytes."""

    filename: Filename
    size: Count
    modified_ms: Count
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    dataset_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    name: Annotated[str, AfterValidator(_shown)] | None = None

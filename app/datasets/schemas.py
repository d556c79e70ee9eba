"""What people send about datasets."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.core.text import ONE_LINE

LONGEST_NAME = 120

DatasetName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=ONE_LINE,
    ),
]


class DatasetCreate(BaseModel):
    """Without a name the dataset is called like the file."""

    name: DatasetName | None = None


class DatasetRename(BaseModel):
    name: DatasetName


class VersionUpload(BaseModel):
    """Its file is all there is to send."""

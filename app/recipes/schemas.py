"""What people choose of a recipe."""

from typing import Annotated

from pydantic import BaseModel, Field

TRAINING_PERCENT = 80
SEED = 42


class SplitSettings(BaseModel):
    """`training_percent` of the examples go into training, the others into validation."""

    training_percent: Annotated[int, Field(ge=1, le=99)] = TRAINING_PERCENT
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = SEED

"""What people send to create a job."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from app.core.text import ONE_LINE
from app.provider.types import Setting

LARGEST_SEED = 2**31 - 1
HYPERPARAMETERS = ("n_epochs", "batch_size", "learning_rate_multiplier")


def _left_to_provider(value: object) -> object:
    """`auto`, as providers write it, is a number that is not given."""
    return None if isinstance(value, str) and value.strip().lower() in {"", "auto"} else value


def _none_at_all(value: object) -> object:
    return None if value == "none" else value


Auto = BeforeValidator(_left_to_provider)
NoneToo = BeforeValidator(_none_at_all)
Line = StringConstraints(strip_whitespace=True, pattern=ONE_LINE)


class JobCreate(BaseModel):
    """None is left to the provider, an empty name is made of the data and the model.

    `submission` is the form's own secret: sent twice, it makes one job. `reason` says why
    warnings do not matter; without `accepted` they refuse the job.
    """

    submission: Annotated[str, StringConstraints(min_length=16, max_length=64)]
    name: Annotated[str, Line, Field(max_length=120)] = ""
    connection_id: int
    base_model: Annotated[str, Line, Field(min_length=1, max_length=200)]
    method: Literal["supervised"] = "supervised"
    training_version_id: int
    validation_version_id: Annotated[int | None, NoneToo] = None
    n_epochs: Annotated[Annotated[int, Field(ge=1, le=50)] | None, Auto] = None
    batch_size: Annotated[Annotated[int, Field(ge=1, le=256)] | None, Auto] = None
    learning_rate_multiplier: Annotated[Annotated[float, Field(gt=0, le=1000)] | None, Auto] = None
    suffix: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[A-Za-z0-9._-]*$")
    ] = ""
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] | None = None
    accepted: bool = False
    reason: Annotated[str, Line, Field(max_length=500)] = ""
    copied_from_id: int | None = None

    @property
    def requested(self) -> dict[str, Setting]:
        chosen = {name: getattr(self, name) for name in HYPERPARAMETERS}
        return {name: "auto" if value is None else value for name, value in chosen.items()}

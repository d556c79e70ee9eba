"""What can be said against a job before it is created."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from app.core.text import N_


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence with its places filled later, in the reader's language, and the field it is of.

    `path` is a page that shows more of it.
    """

    sentence: str
    field: str = ""
    places: Mapping[str, object] = dataclasses.field(default_factory=dict)
    path: str = ""

    def with_places(self, **places: object) -> Self:
        return replace(self, places=places)

    def linked(self, path: str) -> Self:
        return replace(self, path=path)

    def as_record(self) -> dict[str, Any]:
        places = {name: str(value) for name, value in self.places.items()}
        return {"sentence": self.sentence, "places": places}


NO_CONNECTION = Remark(N_("Choose where the job is to run."), "connection_id")
RETIRED = Remark(N_("This connection is retired. Choose another one."), "connection_id")
WOUND_DOWN = Remark(
    N_(
        "This organisation can no longer create jobs, as OpenAI is closing fine-tuning. "
        "What exists stays readable; choose another connection for new jobs."
    ),
    "connection_id",
)
READ_ONLY = Remark(N_("This connection only reads: it creates no jobs."), "connection_id")
NO_MODEL = Remark(N_("Choose a base model."), "base_model")
UNKNOWN_MODEL = Remark(N_("{connection} does not have the model {model}."), "base_model")
NO_DATA = Remark(
    N_("No dataset is ready. Upload one and wait for its check."), "training_version_id"
)
NO_VERSION = Remark(N_("Choose the data to train on."), "training_version_id")
NOT_SUPERVISED = Remark(
    N_("{name} is not made for supervised training: its rows need an answer to learn."),
    "training_version_id",
)
TOO_FEW = Remark(
    N_("{name} has {examples} examples; providers train on no fewer than {least}."),
    "training_version_id",
)
SAME_DATA = Remark(
    N_("Training and validation data are the same. Split the dataset first."),
    "validation_version_id",
)
OTHER_FORMAT = Remark(
    N_("Training and validation data have different formats."), "validation_version_id"
)
LONG_SUFFIX = Remark(N_("This provider takes at most {most} characters."), "suffix")

REPORT_BLOCKS = Remark(
    N_("{connection} would refuse {name}: its report has errors for that kind of provider.")
)
REPORT_WARNS = Remark(N_("The report on {name} has warnings."))
OVERLAPS = Remark(
    N_("{validation} shares {count} of its {total} examples with {training}, exactly or nearly.")
)
BEGINS_ALIKE = Remark(N_("{validation} and {training} begin alike in {count} of {total} examples."))
SHARES_GROUPS = Remark(
    N_("{validation} shares its {key} with {training} in {count} of {total} examples.")
)
SHUTS_DOWN = Remark(N_("{model} and everything tuned on it stops in {days} days."))
UNFITTING = Remark(N_("{model} expects rows of another format; the provider may refuse the job."))
CUT_OFF = Remark(N_("{count} examples are longer than {model} reads; the rest is cut off."))

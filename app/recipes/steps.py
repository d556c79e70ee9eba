"""Steps of a recipe as they are kept: what to do, with all it needs to be done again.

Step(step="separator", text=" ->").to_dict()      # {"step": "separator", "text": " ->"}
order_steps(steps)                                # the order in which steps are carried out
"""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.core.text import N_
from app.datasets.rules import Fix

SPLIT = "split"
# Lines go first, so that no text is changed in vain. Of contradictory answers the most frequent
# stays: duplicates are its votes. Near duplicates may contradict each other, so they go last.
ORDER = (
    Fix.DROP_BROKEN, Fix.DROP_LINES, Fix.DROP_OVERLAP, Fix.DROP_CONTRADICTORY,
    Fix.DROP_DUPLICATES, Fix.DROP_NEAR,
    Fix.UNIX_LINES, Fix.NFC, Fix.FULL_WIDTH, Fix.TRIM, Fix.MASK_PRIVATE, Fix.ONE_SYSTEM_PROMPT,
    Fix.DROP_PREFIX, Fix.LOWER_CASE, Fix.SEPARATOR, Fix.LEADING_SPACE, Fix.END_MARKER,
)  # fmt: skip
DROPS = ORDER[:6]
PLACES = {fix.value: place for place, fix in enumerate(ORDER)} | {SPLIT: len(ORDER)}


class Step(BaseModel):
    """`step` is a fix or the split. `text` is what is added or put in its place.

    `prompt` and `completion` are beginnings to take away; `columns` those to write in lower case;
    `rule` the finding whose lines go; `against` the version (its id) whose examples go, as far as
    they are of these `kinds` of overlap.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    rule: str = ""
    text: str = ""
    prompt: str = ""
    completion: str = ""
    columns: tuple[str, ...] = ()
    against: int | None = None
    kinds: tuple[str, ...] = ()
    training_percent: int | None = None
    seed: int | None = None

    @property
    def fix(self) -> Fix | None:
        return None if self.step == SPLIT else Fix(self.step)

    @property
    def label(self) -> str:
        return N_("Split into training and validation") if self.fix is None else self.fix.label

    @property
    def is_drop(self) -> bool:
        return self.fix in DROPS

    def to_dict(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)


def order_steps(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: (PLACES[step.step], step.rule))


def find_split(steps: Iterable[Step]) -> Step | None:
    return next((step for step in steps if step.step == SPLIT), None)


def is_plain(steps: Iterable[Step]) -> bool:
    """Whether lines come out with plain line ends: a split has always written them so."""
    return any(step.step in (SPLIT, Fix.UNIX_LINES) for step in steps)

"""What people choose of a recipe."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from app.datasets.rules import Fix

TRAINING_PERCENT = 80
SEED = 42
LONGEST_MARK = 64
LONGEST_BEGINNING = 300
LONGEST_PROMPT = 20_000
ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}


def read_escapes(typed: str) -> str:
    r"""`\n`, `\r`, `\t` and `\\` as the characters they stand for, so that a line can hold them."""
    found, place = [], 0
    while place < len(typed):
        pair = typed[place : place + 2]
        found.append(ESCAPES.get(pair, typed[place]))
        place += 2 if pair in ESCAPES else 1
    return "".join(found)


def show_escapes(text: str) -> str:
    for typed, character in [("\\\\", "\\"), *list(ESCAPES.items())[:3]]:
        text = text.replace(character, typed)
    return text


def read_lines(typed: str) -> str:
    """Browsers send the lines of a text field as Windows writes them."""
    return typed.replace("\r\n", "\n")


Mark = Annotated[str, Field(max_length=LONGEST_MARK), AfterValidator(read_escapes)]
Beginning = Annotated[str, Field(max_length=LONGEST_BEGINNING), AfterValidator(read_escapes)]
Prompt = Annotated[str, BeforeValidator(read_lines), Field(max_length=LONGEST_PROMPT)]


class RecipeSettings(BaseModel):
    """`rule` names findings whose lines are left out, or kinds of overlap with `against`.

    Texts that are left empty are those that the version suggests.
    """

    fix: list[Fix] = []
    rule: list[str] = []
    against: int | None = None
    separator: Mark = ""
    end_marker: Mark = ""
    prompt_prefix: Beginning = ""
    completion_prefix: Beginning = ""
    lower_case: list[str] = []
    system_prompt: Prompt = ""
    split: bool = False
    training_percent: Annotated[int, Field(ge=1, le=99)] = TRAINING_PERCENT
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = SEED

    @model_validator(mode="before")
    @classmethod
    def split_by_default(cls, given: Any) -> Any:
        """Who names no step means the split, as an address always did."""
        if isinstance(given, dict) and not given.keys() & {"fix", "split"}:
            return given | {"split": True}
        return given

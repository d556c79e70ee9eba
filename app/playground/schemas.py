"""What somebody enters to ask models something, and how long it may be."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

LONGEST_TEXT = 32_000
LONGEST_MODEL = 300
MOST_COLUMNS = 4
MOST_SAMPLES = 8
MOST_STOPS = 4


def unix_lines(text: object) -> object:
    """Browsers send line ends in pairs; models were trained on single ones."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


def read_stops(typed: str) -> tuple[str, ...]:
    """One sequence per line, where \\n and \\t stand for a line end and a tab; blanks count."""
    lines = (line.replace("\\n", "\n").replace("\\t", "\t") for line in typed.split("\n"))
    return tuple(line for line in lines if line)


UNIX_LINES = BeforeValidator(unix_lines)


class PromptSend(BaseModel):
    """`stop` as read_stops takes it."""

    connection_id: Annotated[int, Field(ge=1, le=2_147_483_647)]
    prompt: Annotated[str, Field(max_length=LONGEST_TEXT), UNIX_LINES]
    expected: Annotated[str, Field(max_length=LONGEST_TEXT), UNIX_LINES] = ""
    temperature: Annotated[float | None, Field(ge=0, le=2, allow_inf_nan=False)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1, allow_inf_nan=False)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=131_072)] = None
    stop: Annotated[str, Field(max_length=400), UNIX_LINES] = ""
    seed: Annotated[int | None, Field(ge=0, le=2_147_483_647)] = None
    n: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] = 1

    @property
    def sampling(self) -> dict[str, float | int | str]:
        """What was typed and nothing else: what is absent is left to the provider."""
        names = {"temperature", "top_p", "max_tokens", "stop", "seed", "n"}
        given = self.model_dump(include=names, exclude_none=True)
        return {name: value for name, value in given.items() if value != ""}

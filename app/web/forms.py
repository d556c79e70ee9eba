"""Forms: what was typed is kept, what is wrong is said beside it."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile

from app.core.errors import Invalid
from app.core.text import N_
from app.web.language import gettext, say

SENTENCES = {
    "missing": N_("This is needed."),
    "string_too_short": N_("Type at least {min_length} characters."),
    "string_too_long": N_("Type at most {max_length} characters."),
    "string_pattern_mismatch": N_("This has characters that cannot be used here."),
    "int_parsing": N_("Type a whole number."),
    "int_from_float": N_("Type a whole number."),
    "float_parsing": N_("Type a number."),
    "greater_than": N_("Type a number above {gt}."),
    "greater_than_equal": N_("Type {ge} or more."),
    "less_than": N_("Type a number below {lt}."),
    "less_than_equal": N_("Type {le} or less."),
    "enum": N_("Choose one of the list."),
    "literal_error": N_("Choose one of the list."),
    "url_parsing": N_("Type an address that starts with http:// or https://."),
    "bool_parsing": N_("Choose yes or no."),
}
OTHERWISE = N_("This cannot be used.")

Data = TypeVar("Data", bound=BaseModel)
Result = TypeVar("Result")


class Form:
    """The fields of a posted form. `errors` maps a field to its sentence; "" is the whole form."""

    def __init__(self, fields: FormData | None = None) -> None:
        self._fields = fields or FormData()
        self.values = {k: v for k, v in self._fields.items() if isinstance(v, str)}
        self.errors: dict[str, str] = {}

    def many(self, name: str) -> list[str]:
        return [value for value in self._fields.getlist(name) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        value = self._fields.get(name)
        return value if isinstance(value, UploadFile) else None

    def submit(self, schema: type[Data], act: Callable[[Data], Result]) -> Result | None:
        """What `act` answers for the checked data; None when something is wrong with it."""
        try:
            return act(schema.model_validate(self._input(schema)))
        except ValidationError as error:
            self._keep(error.errors())
        except Invalid as error:
            self.errors[error.field or ""] = say(error)
        return None

    def _input(self, schema: type[BaseModel]) -> dict[str, object]:
        """Empty fields count as not given; lists take every value of their name."""
        given: dict[str, object] = {k: v for k, v in self.values.items() if v != ""}
        for name, field in schema.model_fields.items():
            if "list" in str(field.annotation) and name in self._fields:
                given[name] = [value for value in self.many(name) if value != ""]
        return given

    def _keep(self, errors: list[ErrorDetails]) -> None:
        for error in errors:
            name = str(error["loc"][0]) if error["loc"] else ""
            self.errors.setdefault(name, _sentence(error))


def _sentence(error: ErrorDetails) -> str:
    sentence = gettext(SENTENCES.get(error["type"], OTHERWISE))
    limits = error.get("ctx", {}).items()
    return sentence.format(**{k: f"{v:g}" if isinstance(v, float) else v for k, v in limits})


async def read_form(request: Request) -> Form:
    return Form(await request.form(max_files=1, max_fields=1000))


PostedForm = Annotated[Form, Depends(read_form)]

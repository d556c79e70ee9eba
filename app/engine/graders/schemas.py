"""Graders as they are given; those that cannot run here are refused by name."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.engine.errors import refusal_of
from app.engine.graders.formula import BadFormula, read_formula
from app.engine.graders.similarity import METRICS
from app.engine.graders.templates import is_well_formed
from app.engine.refusals import bad_request

MAX_TEXT = 50_000
Text = Annotated[str, Field(max_length=MAX_TEXT)]
NOT_HERE = {
    "python": "it would run code on this server",
    "score_model": "this server has no model that can judge",
    "label_model": "this server has no model that can judge",
}
NO_METRIC = {
    "cosine": "it needs an embedding model, and OpenAI has it for evals only",
    "meteor": "it needs a dictionary of synonyms",
}


class GraderBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str


class StringCheck(GraderBody):
    type: Literal["string_check"]
    input: Text
    reference: Text
    operation: Literal["eq", "ne", "like", "ilike"]


class TextSimilarity(GraderBody):
    type: Literal["text_similarity"]
    input: Text
    reference: Text
    evaluation_metric: Literal[
        "cosine", "fuzzy_match", "bleu", "gleu", "meteor",
        "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l",
    ]  # fmt: skip
    pass_threshold: float | None = None


class MultiBody(GraderBody):
    type: Literal["multi"]
    graders: dict[str, Any]
    calculate_output: str


class Multi(BaseModel):
    name: str
    graders: dict[str, StringCheck | TextSimilarity]
    calculate_output: str


Single = StringCheck | TextSimilarity
Body = TypeVar("Body", bound=GraderBody)
Grader = Single | Multi


def read_grader(given: Mapping[str, Any], where: str = "grader") -> Grader:
    """Raises ApiError naming the place."""
    match given.get("type"):
        case "string_check":
            return _single(_validated(StringCheck, given, where), where)
        case "text_similarity":
            return _single(_validated(TextSimilarity, given, where), where)
        case "multi" if where == "grader":
            return _multi(_validated(MultiBody, given, where))
        case str(kind) if kind in NOT_HERE:
            message = f"The grader type '{kind}' is not supported here: {NOT_HERE[kind]}."
            raise bad_request(message, param=f"{where}.type", code="unsupported_grader")
        case None:
            message = f"Missing required parameter: '{where}.type'."
            raise bad_request(message, param=f"{where}.type", code="missing_required_parameter")
    known = "string_check, text_similarity" + (", multi" if where == "grader" else "")
    message = f"Invalid '{where}.type': supported values are {known}."
    raise bad_request(message, param=f"{where}.type", code="invalid_value")


def check_formula(grader: Multi) -> None:
    """Raises ApiError for a formula that cannot be read or names what is not there."""
    where = "grader.calculate_output"
    try:
        keys = read_formula(grader.calculate_output).keys()
    except BadFormula as error:
        raise bad_request(
            f"Invalid '{where}': {error}.", param=where, code="invalid_value"
        ) from None
    for key in sorted(keys - grader.graders.keys()):
        message = f"Invalid '{where}': there is no grader '{key}'."
        raise bad_request(message, param=where, code="invalid_value")


def _validated(kind: type[Body], given: Mapping[str, Any], where: str) -> Body:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        place = ("body", *where.split("."))
        raise refusal_of(
            [{**found, "loc": (*place, *found["loc"])} for found in error.errors()]
        ) from None


def _single(grader: Single, where: str) -> Single:
    if isinstance(grader, TextSimilarity) and grader.evaluation_metric not in METRICS:
        metric = grader.evaluation_metric
        message = f"The metric '{metric}' is not supported here: {NO_METRIC[metric]}."
        param = f"{where}.evaluation_metric"
        raise bad_request(message, param=param, code="unsupported_metric")
    for name, text in (("input", grader.input), ("reference", grader.reference)):
        if not is_well_formed(text):
            message = f"Invalid '{where}.{name}': only {{{{ item.… }}}} and {{{{ sample.… }}}}."
            raise bad_request(message, param=f"{where}.{name}", code="invalid_value")
    return grader


def _multi(body: MultiBody) -> Multi:
    """The API takes a map of graders; its description knows a single one, known by its name."""
    given = body.graders
    if isinstance(given.get("type"), str):
        given = {str(given.get("name")): given}
    graders: dict[str, Single] = {}
    for key, part in given.items():
        where = f"grader.graders.{key}"
        if not isinstance(part, dict):
            message = f"Invalid type for '{where}': expected an object."
            raise bad_request(message, param=where, code="invalid_type")
        found = read_grader(part, where)
        assert not isinstance(found, Multi)
        graders[key] = found
    return Multi(name=body.name, graders=graders, calculate_output=body.calculate_output)

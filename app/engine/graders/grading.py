"""Running a grader on one sample."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.graders.formula import BadFormula, read_formula
from app.engine.graders.schemas import MAX_TEXT, Grader, Multi, Single, StringCheck
from app.engine.graders.similarity import METRICS
from app.engine.graders.templates import SampleNotJson, UnknownVariable, fill

FLAGS = (
    "formula_parse_error",
    "sample_parse_error",
    "truncated_observation_error",
    "unresponsive_reward_error",
    "invalid_variable_error",
    "other_error",
    "python_grader_server_error",
    "python_grader_runtime_error",
    "model_grader_server_error",
    "model_grader_refusal_error",
    "model_grader_parse_error",
)
DETAILS = (
    "python_grader_server_error_type",
    "python_grader_runtime_error_details",
    "model_grader_server_error_details",
)


@dataclass(slots=True)
class Grading:
    """What a grader found; whatever went wrong makes the reward 0."""

    reward: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)
    seconds: float = 0.0


def grade(grader: Grader, item: Mapping[str, Any], output_text: str) -> Grading:
    began, grading = time.perf_counter(), Grading()
    if isinstance(grader, Multi):
        _grade_all(grader, item, output_text, grading)
    else:
        grading.reward = _score(grader, item, output_text, grading)
    grading.seconds = time.perf_counter() - began
    return grading


def _grade_all(grader: Multi, item: Mapping[str, Any], output_text: str, grading: Grading) -> None:
    for key, part in grader.graders.items():
        grading.parts[key] = _score(part, item, output_text, grading)
    try:
        reward = float(read_formula(grader.calculate_output).result(grading.parts))
        if math.isfinite(reward):
            grading.reward = reward
        else:
            grading.errors.add("other_error")
    except BadFormula:
        grading.errors.add("formula_parse_error")
    except KeyError:
        grading.errors.add("invalid_variable_error")
    except (ArithmeticError, ValueError):
        grading.errors.add("other_error")


def _score(grader: Single, item: Mapping[str, Any], output_text: str, grading: Grading) -> float:
    try:
        text = fill(grader.input, item, output_text)
        reference = fill(grader.reference, item, output_text)
    except UnknownVariable:
        grading.errors.add("invalid_variable_error")
        return 0.0
    except SampleNotJson:
        grading.errors.add("sample_parse_error")
        return 0.0
    if max(len(text), len(reference)) > MAX_TEXT:
        grading.errors.add("truncated_observation_error")
        text, reference = text[:MAX_TEXT], reference[:MAX_TEXT]
    if isinstance(grader, StringCheck):
        return float(holds(grader.operation, text, reference))
    return METRICS[grader.evaluation_metric](text, reference)


def holds(operation: str, text: str, reference: str) -> bool:
    match operation:
        case "eq":
            return text == reference
        case "ne":
            return text != reference
        case "like":
            return reference in text
    return reference.casefold() in text.casefold()


def grading_object(grading: Grading, name: str, kind: str) -> dict[str, Any]:
    flags: dict[str, Any] = {flag: flag in grading.errors for flag in FLAGS}
    return {
        "reward": grading.reward,
        "metadata": {
            "name": name,
            "type": kind,
            "errors": {**flags, **dict.fromkeys(DETAILS)},
            "execution_time": grading.seconds,
            "scores": grading.parts,
            "token_usage": None,
            "sampled_model_name": None,
        },
        "sub_rewards": grading.parts,
        "model_grader_token_usage_per_model": {},
    }

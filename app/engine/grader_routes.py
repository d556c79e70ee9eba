"""/v1/fine_tuning/alpha/graders"""

from typing import Any

from fastapi import APIRouter

from app.engine.graders.grading import grade, grading_object
from app.engine.graders.schemas import Multi, check_formula, read_grader
from app.engine.requests import RunGrader, ValidateGrader

router = APIRouter(prefix="/fine_tuning/alpha/graders")


@router.post("/validate")
def validate_grader(data: ValidateGrader) -> dict[str, Any]:
    grader = read_grader(data.grader)
    if isinstance(grader, Multi):
        check_formula(grader)
    return {"grader": data.grader}


@router.post("/run")
def run_grader(data: RunGrader) -> dict[str, Any]:
    grader = read_grader(data.grader)
    found = grade(grader, data.item or {}, data.model_sample)
    return grading_object(found, grader.name, data.grader["type"])

"""`{{ item.answer }}` and `{{ sample.output_text }}` in the texts of a grader."""

import json
import re
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
PATH = re.compile(r"\s*(item|sample)((?:\.\w[\w-]*|\[\d{1,6}\])+)\s*")
STEP = re.compile(r"\.(\w[\w-]*)|\[(\d+)\]")


class UnknownVariable(Exception):
    """A place that names nothing of the item or the sample."""


class SampleNotJson(Exception):
    """output_json is asked for, but the sample is no JSON."""


def is_well_formed(template: str) -> bool:
    return all(PATH.fullmatch(place) for place in PLACE.findall(template))


def fill(template: str, item: Mapping[str, Any], output_text: str) -> str:
    """Raises UnknownVariable, SampleNotJson."""

    def value_of(place: re.Match[str]) -> str:
        path = PATH.fullmatch(place[1])
        if path is None:
            raise UnknownVariable(place[1].strip())
        return as_text(look_up(path[1], path[2], item, output_text))

    return PLACE.sub(value_of, template)


def look_up(namespace: str, path: str, item: Mapping[str, Any], output_text: str) -> Any:
    value: Any = item
    if namespace == "sample":
        value = {"output_text": output_text}
        if path.startswith(".output_json"):
            value["output_json"] = _parsed(output_text)
    for name, index in STEP.findall(path):
        try:
            value = value[name or int(index)]
        except (KeyError, IndexError, TypeError):
            raise UnknownVariable(f"{namespace}{path}") from None
    return value


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise SampleNotJson from None

"""The official API description, as something answers can be held against.

It lies beside the checkout, not in it; without it answers are not checked and `skip_without`
says so.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
import yaml

DESCRIPTION = Path(__file__).parents[2] / "shared" / "contract" / "openai-finetune.yaml"
REASON = "the API description is not beside the checkout"
skip_without = pytest.mark.skipif(not DESCRIPTION.is_file(), reason=REASON)
Json = dict[str, Any]


@cache
def load_description() -> Json:
    """The description, put right where OpenAI's own answers contradict it."""
    with DESCRIPTION.open(encoding="utf-8") as stream:
        description: Json = _as_meant(yaml.load(stream, yaml.CSafeLoader))
    schemas = description["components"]["schemas"]
    # A paused job says so; only the example of `pause` shows it.
    schemas["FineTuningJob"]["properties"]["status"]["enum"].append("paused")
    # `evals` may be given as a purpose, so a file may have it.
    schemas["OpenAIFile"]["properties"]["purpose"]["enum"].append("evals")
    # A multi grader has a map of graders; the description has one alone.
    graders = schemas["GraderMulti"]["properties"]
    graders["graders"] = {"type": "object"}
    return description


def _as_meant(value: Any) -> Any:
    """The description says it is OpenAPI 3.1, but has words of 3.0 in it."""
    if isinstance(value, list):
        return [_as_meant(part) for part in value]
    if not isinstance(value, dict):
        return value
    mended = {key: _as_meant(part) for key, part in value.items()}
    if mended.get("exclusiveMinimum") is True:
        mended["exclusiveMinimum"] = mended.pop("minimum")
    if mended.pop("nullable", None) is True:
        return {"anyOf": [mended, {"type": "null"}]}
    return mended


@cache
def validator(name: str) -> jsonschema_rs.Validator:
    schema = {"$ref": f"#/components/schemas/{name}", **load_description()}
    return jsonschema_rs.validator_for(schema)


@cache
def operations() -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and the name of the schema of a good answer."""
    found = []
    for path, methods in load_description()["paths"].items():
        pattern = re.compile(r".*/v1" + re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in methods.items():
            if method in {"get", "post", "delete"}:
                schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
                name = schema.get("$ref", "").rsplit("/", 1)[-1]
                found.append((method.upper(), pattern, name))
    return found


def schema_name(request: httpx2.Request) -> str | None:
    """None where the description knows no such address, or only says that it is text."""
    for method, pattern, name in operations():
        if method == request.method and pattern.fullmatch(request.url.path):
            return name or None
    return None


def check_answer(response: httpx2.Response) -> None:
    """An event hook: every answer is as the description has it, refusals too."""
    if not DESCRIPTION.is_file():
        return
    kind = response.headers.get("content-type", "")
    name = "ErrorResponse" if response.is_error else schema_name(response.request)
    if name is None or kind.startswith("application/octet-stream"):
        return
    response.read()
    for name_, value in _values(name, kind, response):
        try:
            validator(name_).validate(value)
        except jsonschema_rs.ValidationError as error:
            where = f"{response.request.method} {response.request.url} {response.status_code}"
            raise AssertionError(f"{where} is no {name_}: {error}") from None


def _values(name: str, kind: str, response: httpx2.Response) -> Iterator[tuple[str, Any]]:
    if not kind.startswith("text/event-stream"):
        yield name, response.json()
        return
    if name == "CreateChatCompletionResponse":
        for line in response.text.splitlines():
            if line.startswith("data: {"):
                yield "CreateChatCompletionStreamResponse", json.loads(line[6:])

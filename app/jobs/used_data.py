"""The data of a job as it was sent: first rows, system prompt, where the version comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.conversations import Conversation, build_conversation
from app.datasets.models import DatasetVersion
from app.datasets.reading import Example, read_rows
from app.datasets.service import NamedVersion, get_version, name_version
from app.recipes.models import Recipe, RecipeOutput

FIRST_ROWS = 5
PROMPT_LETTERS = 4000


@dataclass(frozen=True, slots=True)
class UsedVersion:
    """`steps` are those of the recipe that made it from `parent`."""

    named: NamedVersion
    parent: NamedVersion | None
    steps: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FirstRows:
    """`system_prompt` is None where the first rows have none, or not all the same."""

    rows: Sequence[tuple[int, Conversation]]
    system_prompt: str | None
    has_several_prompts: bool


def describe_version(session: Session, named: NamedVersion) -> UsedVersion:
    parent_id = named.version.parent_version_id
    output = session.get(RecipeOutput, named.version.id)
    recipe = session.get(Recipe, output.recipe_id) if output else None
    return UsedVersion(
        named=named,
        parent=name_version(session, get_version(session, parent_id)) if parent_id else None,
        steps=recipe.steps if recipe else (),
    )


def read_first_rows(storage: Storage, version: DatasetVersion) -> FirstRows | None:
    """None where the bytes or their index are not there."""
    index = open_index(storage, version)
    if index is None or not storage.exists(version.sha256):
        return None
    with storage.open(version.sha256) as stream:
        examples = read_rows(stream, index, index.example_rows()[:FIRST_ROWS])
    prompts = {find_system_prompt(example) for example in examples}
    return FirstRows(
        rows=[(example.line, build_conversation(example)) for example in examples],
        system_prompt=next(iter(prompts)) if len(prompts) == 1 else None,
        has_several_prompts=len(prompts) > 1,
    )


def find_system_prompt(example: Example) -> str | None:
    """What the first system message of an example says."""
    for message in example.messages:
        if isinstance(message, dict) and message.get("role") in {"system", "developer"}:
            content = message.get("content")
            return content[:PROMPT_LETTERS] if isinstance(content, str) else None
    return None

"""What a job's data says about how to ask its model: system prompt, prompts to try, lengths."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.models import DatasetVersion
from app.datasets.reading import Example, read_rows
from app.jobs.models import Job
from app.playground.schemas import LONGEST_TEXT

LOOKED_AT = 20
OFFERED = 6
SYSTEM_ROLES = {"system", "developer"}


@dataclass(frozen=True, slots=True)
class TriedPrompt:
    """A row to try: what it asks, and what the data answers."""

    line: int
    prompt: str
    expected: str


@dataclass(frozen=True, slots=True)
class TrainedData:
    """`prompts` are of rows the model has not learned from where `is_held_out`.

    `longest_answer` counts tokens over all rows; None where nothing is known.
    """

    system: str = ""
    prompts: tuple[TriedPrompt, ...] = ()
    is_held_out: bool = False
    longest_answer: int | None = None


def read_trained_data(session: Session, storage: Storage, job: Job) -> TrainedData:
    training = session.get(DatasetVersion, job.training_version_id)
    validation = session.get(DatasetVersion, job.validation_version_id or 0)
    rows = _first_rows(storage, training)
    held_out = _first_rows(storage, validation)
    return TrainedData(
        system=next(filter(None, map(system_of, rows)), ""),
        prompts=tuple(_prompts(held_out or rows))[:OFFERED],
        is_held_out=bool(held_out),
        longest_answer=_longest_answer(storage, training),
    )


def system_of(example: Example) -> str:
    """The system prompt of a row, "" without one."""
    first = example.messages[0] if example.messages else None
    if not isinstance(first, dict) or first.get("role") not in SYSTEM_ROLES:
        return ""
    content = first.get("content")
    return content[:LONGEST_TEXT] if isinstance(content, str) else ""


def _first_rows(storage: Storage, version: DatasetVersion | None) -> list[Example]:
    """None of them where the bytes or their index are not there."""
    index = open_index(storage, version) if version else None
    if version is None or index is None or not storage.exists(version.sha256):
        return []
    with storage.open(version.sha256) as stream:
        return read_rows(stream, index, index.example_rows()[:LOOKED_AT])


def _prompts(examples: Iterable[Example]) -> Iterator[TriedPrompt]:
    """Rows of one question and one answer: others do not fit into one prompt."""
    for example in examples:
        said = [m for m in example.messages if isinstance(m, dict)]
        turns = [m for m in said if m.get("role") not in SYSTEM_ROLES]
        if [m.get("role") for m in turns] != ["user", "assistant"]:
            continue
        prompt, expected = (m.get("content") for m in turns)
        if isinstance(prompt, str) and isinstance(expected, str) and 0 < len(prompt) < LONGEST_TEXT:
            yield TriedPrompt(example.line, prompt, expected[:LONGEST_TEXT])


def _longest_answer(storage: Storage, version: DatasetVersion | None) -> int | None:
    index = open_index(storage, version) if version else None
    if index is None or not len(index):
        return None
    return int(index.assistant_tokens.max())

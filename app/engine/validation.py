"""Checking a job's files before it may learn, with OpenAI's codes and sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.datasets.tokens import Encoding
from app.engine.examples import to_example
from app.engine.row_checks import check_row
from app.engine.rows import (
    CHAT,
    COMPLETION,
    INVALID_FORMAT,
    NO_FORMAT,
    PREFERENCE,
    Json,
    RowError,
    read_rows,
    row_format,
)
from app.engine.trainers.base import DPO
from app.engine.trainers.registry import TrainerMissing, get_bases

MIN_EXAMPLES = 10
COUNT_AT_ONCE = 500
FORMAT_OF_METHOD = {"supervised": (CHAT, COMPLETION), "dpo": (PREFERENCE,)}
METHOD_OF_FORMAT = {CHAT: "supervised", COMPLETION: "supervised", PREFERENCE: "dpo"}


class InvalidFile(Exception):
    """The job must fail with this code, message and param."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True)
class CheckedFile:
    example_count: int
    tokens: int


@dataclass(frozen=True, slots=True)
class FileToCheck:
    file_id: str
    path: Path
    kind: str
    method: str
    base: str

    @property
    def param(self) -> str:
        return f"{self.kind}_file"


def check_file(file: FileToCheck, encoding: Encoding) -> CheckedFile:
    """Counts examples and billable tokens of one epoch; raises InvalidFile."""
    try:
        checked = _count(_checked_texts(file), encoding)
    except RowError as error:
        raise InvalidFile(error.code, _sentence(file, error), file.param) from None
    least = MIN_EXAMPLES if file.kind == "training" else 1
    if checked.example_count < least:
        message = (
            f"{file.kind.capitalize()} file has {checked.example_count} example(s), "
            f"but must have at least {least} examples"
        )
        raise InvalidFile("invalid_n_examples", message, file.param)
    return checked


def _checked_texts(file: FileToCheck) -> Iterator[list[str]]:
    """The texts of every row that is as it should be."""
    expected = None
    for number, row in read_rows(file.path):
        expected = expected or _expected_format(file, row)
        check_row(number, row, expected)
        yield [turn.text for turn in to_example(row).turns]


def _expected_format(file: FileToCheck, first_row: Json) -> str:
    found = row_format(first_row)
    wanted = PREFERENCE if file.method == DPO else _plain_format(file.base)
    if found is not None and found not in FORMAT_OF_METHOD[file.method]:
        raise RowError(
            f"Input file {file.file_id} is in the {found} format, but the specified fine-tuning "
            f"job is not using '{METHOD_OF_FORMAT[found]}' as the training method "
            f"(provided method={file.method})."
        )
    if wanted not in (found, PREFERENCE):
        raise RowError(NO_FORMAT)
    return wanted


def _plain_format(base: str) -> str:
    """Raises TrainerMissing."""
    declared = get_bases().get(base)
    if declared is None:
        raise TrainerMissing(base)
    return CHAT if declared.is_chat else COMPLETION


def _sentence(file: FileToCheck, error: RowError) -> str:
    if error.code == INVALID_FORMAT:
        return (
            f"The job failed due to a file format error in the {file.kind} file. {error.sentence}"
        )
    return f"The job failed due to an invalid {file.kind} file. {error.sentence}"


def _count(examples: Iterator[list[str]], encoding: Encoding) -> CheckedFile:
    """1 for each example, 4 for each message, and the tokens of what it says; of a preference
    the messages of the input once and those of both outputs."""
    count, tokens, texts = 0, 0, list[str]()
    for example in examples:
        count += 1
        tokens += 1 + 4 * len(example)
        texts += example
        if len(texts) >= COUNT_AT_ONCE:
            tokens += int(encoding.count_many(texts).sum())
            texts = []
    return CheckedFile(count, tokens + int(encoding.count_many(texts).sum()))

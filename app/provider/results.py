"""Result files: metrics per step as CSV, plain or in base64, whatever the columns are called."""

import base64
import binascii
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.provider.lenient import as_count, as_number

BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")

# Old spellings of what is now called otherwise; every other column keeps its own name.
COLUMN_NAMES = {
    "training_loss": "train_loss",
    "training_token_accuracy": "train_mean_token_accuracy",
    "training_sequence_accuracy": "train_sequence_accuracy",
    "train_accuracy": "train_mean_token_accuracy",
    "validation_loss": "valid_loss",
    "validation_token_accuracy": "valid_mean_token_accuracy",
    "validation_mean_token_accuracy": "valid_mean_token_accuracy",
    "validation_sequence_accuracy": "valid_sequence_accuracy",
    "valid_accuracy": "valid_mean_token_accuracy",
}


@dataclass(frozen=True, slots=True)
class StepMetrics:
    step: int
    metrics: Mapping[str, float]


def decode_result(content: bytes) -> bytes:
    """The CSV inside a result file, which may arrive as it is or as base64 text.

    Base64 has no commas and no quotes, CSV of metrics has: the bytes tell which they are.
    """
    if not BASE64_TEXT.fullmatch(content):
        return content
    try:
        decoded = base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return content
    return decoded if b"," in decoded.partition(b"\n")[0] else content


def parse_results(content: bytes) -> list[StepMetrics]:
    """Every numeric cell by step, under today's metric names; rows without a step are counted."""
    text = decode_result(content).decode("utf-8-sig", "replace").replace("\x00", "")
    reader = csv.reader(text.splitlines())
    try:
        header = [cell.strip() for cell in next(reader, [])]
        return [_step_metrics(header, row, position) for position, row in _filled_rows(reader)]
    except csv.Error:
        return []


def _filled_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    return enumerate((row for row in reader if any(cell.strip() for cell in row)), start=1)


def _step_metrics(header: list[str], row: list[str], position: int) -> StepMetrics:
    numbers = {
        COLUMN_NAMES.get(name, name): number
        for name, cell in zip(header, row, strict=False)
        if name and (number := as_number(cell)) is not None
    }
    step = as_count(numbers.pop("step", None))
    return StepMetrics(step if step is not None else position, numbers)

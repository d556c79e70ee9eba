"""What is looked at when a file comes in; the rest is looked at by the job."""

import time
from collections.abc import Mapping
from pathlib import Path

from app.engine.refusals import bad_request
from app.engine.rows import RowError, parse_row, read_lines

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
FORM_FIELDS = {"purpose", "expires_after[anchor]", "expires_after[seconds]"}
LEAST_SECONDS, MOST_SECONDS = 3600, 2_592_000
HINT_LENGTH = 40


def check_fields(fields: Mapping[str, str]) -> None:
    for name in sorted(fields.keys() - FORM_FIELDS):
        message = f"Additional properties are not allowed ('{name}' was unexpected)"
        raise bad_request(message, param=name)


def checked_purpose(fields: Mapping[str, str]) -> str:
    purpose = fields.get("purpose")
    if purpose is None:
        raise bad_request("'purpose' is a required property", param="purpose")
    if purpose not in PURPOSES:
        message = f"'{purpose}' is not one of {list(PURPOSES)} - 'purpose'"
        raise bad_request(message, param="purpose")
    return purpose


def checked_expiry(fields: Mapping[str, str]) -> int | None:
    """When the file expires, from the two fields expires_after has in a form."""
    anchor = fields.get("expires_after[anchor]")
    seconds = fields.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        message = "Invalid 'expires_after.anchor': expected 'created_at'."
        raise bad_request(message, param="expires_after.anchor", code="invalid_value")
    given = int(seconds) if seconds and seconds.isascii() and seconds.isdecimal() else -1
    if not LEAST_SECONDS <= given <= MOST_SECONDS:
        message = (
            f"Invalid 'expires_after.seconds': expected a value from {LEAST_SECONDS} to "
            f"{MOST_SECONDS}."
        )
        raise bad_request(message, param="expires_after.seconds", code="invalid_value")
    return int(time.time()) + given


def check_first_line(path: Path) -> None:
    """As OpenAI does at upload."""
    with path.open("rb") as stream:
        line = b""
        try:
            _, line = next(read_lines(stream), (1, b""))
            parse_row(1, line)
        except RowError:
            hint = line[:HINT_LENGTH].decode("utf-8", "replace").strip()
            raise bad_request(
                "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
                f'Line 1 is not a dictionary (HINT: line starts with: "{hint}...").'
            ) from None

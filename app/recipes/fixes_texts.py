"""Fixes of contents: blanks, composition, width, private data, the system prompt.

Each makes a pure function of a row; done twice it changes nothing more.
"""

import json
import unicodedata
from typing import Any

from app.datasets.formats import DatasetFormat
from app.datasets.private_data import mask_private
from app.recipes.rows import Edit, Row, change_conversation, edit_texts

SYSTEM_ROLES = ("system", "developer")
MOST_ROUNDS = 8
FULL_WIDTH = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
}


def trim_text(text: str) -> str:
    """A text that is only blanks stays: empty, it would be refused."""
    return text.strip() or text


def compose(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def narrow_width(text: str) -> str:
    """Letters and digits only: full-width punctuation may be meant."""
    return text if text.isascii() else text.translate(FULL_WIDTH)


def mask_text(text: str) -> str:
    """Until nothing more is found: without what is masked, what stood beside it may be seen."""
    for _ in range(MOST_ROUNDS):
        masked = mask_private(text)
        if masked == text:
            break
        text = masked
    return text


def mask_arguments(text: str) -> str:
    """Arguments of a call are JSON, and stay so."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return mask_text(text)
    masked = _mask_value(value)
    return text if masked == value else json.dumps(masked, ensure_ascii=False)


def _mask_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mask_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mask_value(inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


TRIM = edit_texts(trim_text)
NFC = edit_texts(compose)
NARROW = edit_texts(narrow_width)
MASK = edit_texts(mask_text, mask_arguments)


def set_system_prompt(prompt: str) -> Edit:
    """Messages of system or developer at the beginning become one; without any it is put first."""

    def change(messages: list[Any]) -> list[Any]:
        rest = _without_system(messages)
        leading = messages[: len(messages) - len(rest)]
        first = leading[0] if leading else {"role": "system"}
        changed = [first | {"content": prompt}, *rest]
        return messages if changed == messages else changed

    def edit(row: Row, row_format: DatasetFormat) -> Row:
        return change_conversation(row, row_format, change)

    return edit


def _without_system(messages: list[Any]) -> list[Any]:
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in SYSTEM_ROLES:
            return messages[place:]
    return []

"""The four shapes a row of a dataset can have, and how a shape is recognised."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from app.core.text import N_

CHAT_KEYS = frozenset({"messages", "tools", "functions", "parallel_tool_calls"})
PREFERENCE_KEYS = frozenset({"input", "preferred_output", "non_preferred_output"})
COMPLETION_KEYS = frozenset({"prompt", "completion"})
PLAIN_ROLES = frozenset({"system", "user", "assistant"})
PLAIN_LENGTH = 100_000


class DatasetFormat(StrEnum):
    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    DatasetFormat.CHAT: N_("Chat"),
    DatasetFormat.COMPLETION: N_("Prompt and completion"),
    DatasetFormat.PREFERENCE: N_("Preference"),
    DatasetFormat.REINFORCEMENT: N_("Reinforcement"),
}


SHARE_MESSAGES = frozenset({DatasetFormat.CHAT, DatasetFormat.REINFORCEMENT})


def find_format(row: object) -> DatasetFormat | None:
    """The format a single row looks like; None when it looks like none of them."""
    if not isinstance(row, dict):
        return None
    if "messages" in row:
        return _find_messages_format(row)
    if "preferred_output" in row or "non_preferred_output" in row:
        return DatasetFormat.PREFERENCE
    if row.keys() >= COMPLETION_KEYS:
        return DatasetFormat.COMPLETION
    return None


def detect_format(rows: Iterable[object]) -> DatasetFormat:
    """The most frequent format of these rows; chat when nothing is recognised."""
    votes = Counter(found for row in rows if (found := find_format(row)))
    return votes.most_common(1)[0][0] if votes else DatasetFormat.CHAT


def is_other_format(row: dict[str, object], expected: DatasetFormat) -> bool:
    """Whether a row is of another shape; chat and reinforcement rows share theirs."""
    if "messages" in row:
        return expected not in SHARE_MESSAGES
    found = find_format(row)
    return found is not None and found != expected


def is_plain_chat(row: Any) -> bool:
    """The usual chat row: no rule about its shape or its text has anything to say of it."""
    if type(row) is not dict or len(row) != 1:
        return False
    messages = row.get("messages")
    return (
        type(messages) is list
        and len(messages) > 0
        and all(map(is_plain_message, messages))
        and messages[-1]["role"] == "assistant"
    )


def is_plain_message(message: Any) -> bool:
    if type(message) is not dict or len(message) != 2:
        return False
    role, content = message.get("role"), message.get("content")
    return (
        type(content) is str
        and type(role) is str
        and role in PLAIN_ROLES
        and 0 < len(content) <= PLAIN_LENGTH
        and "<|" not in content
        and not content.isspace()
    )


def _find_messages_format(row: dict[str, object]) -> DatasetFormat:
    messages = row["messages"]
    last = messages[-1] if isinstance(messages, list) and messages else None
    asks = isinstance(last, dict) and last.get("role") in {"user", "developer", "system"}
    extra = row.keys() - CHAT_KEYS
    return DatasetFormat.REINFORCEMENT if asks and extra else DatasetFormat.CHAT

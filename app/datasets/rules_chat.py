"""Rules about `messages`, shared by chat, preference and reinforcement rows.

The first seven keep the names and the meaning the well-known tutorials gave them, widened to
what is valid today: tools, content parts, refusals, weights and the developer role.
"""

from collections.abc import Iterator
from typing import Any

from app.core.text import N_
from app.datasets.formats import is_plain_message
from app.datasets.profiles import ReportProfile
from app.datasets.rules import MESSAGE_FORMATS, Fix, Problem, Rule, Severity
from app.datasets.rules_content import (
    check_content,
    check_image_count,
    check_texts,
)
from app.datasets.rules_tools import check_tool_calls

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

COMMON_KEYS = frozenset({"role", "content", "name"})
CALL_KEYS = frozenset({"tool_calls", "function_call"})
ROLE_KEYS = {
    "system": COMMON_KEYS,
    "developer": COMMON_KEYS,
    "user": COMMON_KEYS,
    "assistant": COMMON_KEYS | CALL_KEYS | {"weight", "refusal"},
    "tool": COMMON_KEYS | {"tool_call_id"},
    "function": COMMON_KEYS,
}
KNOWN_KEYS = frozenset().union(*ROLE_KEYS.values())

MISSING_MESSAGES_LIST = Rule(
    "missing_messages_list",
    E,
    N_("The list “messages” is missing or empty."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
MESSAGE_MISSING_KEY = Rule(
    "message_missing_key",
    E,
    N_("A message has no “role” or no “content”."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
MESSAGE_UNRECOGNIZED_KEY = Rule(
    "message_unrecognized_key",
    E,
    N_("A message has a key that is not part of the format."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
UNRECOGNIZED_ROLE = Rule(
    "unrecognized_role",
    E,
    N_("A role is none of system, developer, user, assistant, tool and function."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
MISSING_CONTENT = Rule(
    "missing_content",
    E,
    N_("A message has no text, or its content is neither text nor a list of parts."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
MESSAGE_DATA_TYPE = Rule(
    "message_data_type", E, N_("A message is not an object."), MESSAGE_FORMATS, fix=Fix.DROP_BROKEN
)
MISPLACED_KEY = Rule(
    "misplaced_key", W, N_("A message has a key that belongs to another role."), MESSAGE_FORMATS
)
EMPTY_CONTENT = Rule(
    "empty_content",
    W,
    N_("The content of a message is only blanks or empty."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_LINES,
)
NAME_INVALID = Rule(
    "name_invalid",
    W,
    N_("A name should be 1 to 64 letters, digits, underscores or hyphens."),
    MESSAGE_FORMATS,
    profiles={ReportProfile.ENGINE: I},
)
WEIGHT_INVALID = Rule(
    "weight_invalid", E, N_("A weight is neither 0 nor 1."), MESSAGE_FORMATS, fix=Fix.DROP_BROKEN
)
DEVELOPER_ROLE = Rule(
    "developer_role",
    I,
    N_("The role developer is used; some providers know only system."),
    MESSAGE_FORMATS,
    profiles={ReportProfile.OPENAI: W, ReportProfile.ENGINE: None},
)

RULES = (
    MISSING_MESSAGES_LIST, MESSAGE_MISSING_KEY, MESSAGE_UNRECOGNIZED_KEY, UNRECOGNIZED_ROLE,
    MISSING_CONTENT, MESSAGE_DATA_TYPE, MISPLACED_KEY, EMPTY_CONTENT, NAME_INVALID,
    WEIGHT_INVALID, DEVELOPER_ROLE,
)  # fmt: skip


def check_messages(messages: object, place: str) -> Iterator[Problem]:
    if not isinstance(messages, list) or not messages:
        yield Problem(MISSING_MESSAGES_LIST, place)
        return
    odd = [number for number, message in enumerate(messages) if not is_plain_message(message)]
    for number in odd:
        yield from check_message(messages[number], f"{place}[{number}]")
    if odd:
        yield from check_tool_calls(messages, place)
        yield from check_image_count(messages, place)


def check_message(message: object, place: str) -> Iterator[Problem]:
    if not isinstance(message, dict):
        yield Problem(MESSAGE_DATA_TYPE, place)
        return
    yield from _check_role(message, place)
    yield from _check_keys(message, place)
    yield from _check_presence(message, place)
    yield from _check_name(message, place)
    yield from _check_weight(message, place)
    yield from check_content(message, f"{place}.content")
    yield from check_texts(message, place)


def _role(message: dict[str, Any]) -> str | None:
    role = message.get("role")
    return role if isinstance(role, str) else None


def _check_role(message: dict[str, Any], place: str) -> Iterator[Problem]:
    role = _role(message)
    if role not in ROLE_KEYS:
        yield Problem(UNRECOGNIZED_ROLE, f"{place}.role")
    elif role == "developer":
        yield Problem(DEVELOPER_ROLE, f"{place}.role")


def _check_keys(message: dict[str, Any], place: str) -> Iterator[Problem]:
    for key in message.keys() - ROLE_KEYS.get(_role(message) or "", KNOWN_KEYS):
        if key not in KNOWN_KEYS:
            yield Problem(MESSAGE_UNRECOGNIZED_KEY, f"{place}.{key}")
        elif message[key] is not None:
            yield Problem(MISPLACED_KEY, f"{place}.{key}")


def _check_presence(message: dict[str, Any], place: str) -> Iterator[Problem]:
    speaks = any(message.get(key) for key in (*CALL_KEYS, "refusal"))
    if "role" not in message or ("content" not in message and not speaks):
        yield Problem(MESSAGE_MISSING_KEY, place)
    content = message.get("content")
    if isinstance(content, str):
        may_be_empty = speaks or _role(message) in {"tool", "function"}
        yield from _check_emptiness(content, may_be_empty, f"{place}.content")
    elif not (isinstance(content, list) and content) and not (content is None and speaks):
        yield Problem(MISSING_CONTENT, f"{place}.content")


def _check_emptiness(content: str, may_be_empty: bool, place: str) -> Iterator[Problem]:
    if content == "" and not may_be_empty:
        yield Problem(MISSING_CONTENT, place)
    elif not content.strip() and not may_be_empty:
        yield Problem(EMPTY_CONTENT, place)


def _check_name(message: dict[str, Any], place: str) -> Iterator[Problem]:
    name = message.get("name")
    if name is None:
        return
    usable = isinstance(name, str) and name.isascii() and 1 <= len(name) <= 64
    if not usable or not name.replace("_", "a").replace("-", "a").isalnum():
        yield Problem(NAME_INVALID, f"{place}.name")


def _check_weight(message: dict[str, Any], place: str) -> Iterator[Problem]:
    if message.get("weight") not in (None, 0, 1):
        yield Problem(WEIGHT_INVALID, f"{place}.weight")

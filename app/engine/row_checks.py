"""Checking rows as OpenAI does, with its sentences."""

from app.engine.examples import message_text
from app.engine.rows import (
    COMPLETION,
    INVALID_FORMAT,
    PREFERENCE,
    PREFERENCE_KEYS,
    Json,
    bad_row,
)

ROW_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
COMPLETION_KEYS = {"prompt", "completion"}
MESSAGE_KEYS = {
    "system": {"role", "content", "name"},
    "developer": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {
        "role", "content", "name", "weight", "refusal", "tool_calls", "function_call", "audio",
    },
    "tool": {"role", "content", "tool_call_id", "name"},
    "function": {"role", "content", "name"},
}  # fmt: skip
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|endofprompt|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|im_start|>",
    "<|im_end|>",
)


def check_row(number: int, row: Json, expected: str) -> None:
    """Raises RowError for a row that is not as `expected` wants it."""
    if expected == COMPLETION:
        _check_completion(number, row)
    elif expected == PREFERENCE:
        _check_preference(number, row)
    else:
        _check_chat(number, row)


def _check_completion(number: int, row: Json) -> None:
    _check_keys(f"Example {number}", row, required=COMPLETION_KEYS, allowed=COMPLETION_KEYS)
    for key in ("prompt", "completion"):
        if not isinstance(row[key], str):
            raise bad_row(f"Example {number} has a '{key}' that is not a string")
        _check_special_tokens(number, row[key])
    if not row["completion"]:
        raise bad_row(f"Example {number} has an empty 'completion'")


def _check_chat(number: int, row: Json) -> None:
    _check_keys(f"Example {number}", row, required={"messages"}, allowed=ROW_KEYS)
    messages = _checked_messages(f"Example {number}", "messages", row["messages"], number)
    if not any(message["role"] == "assistant" for message in messages):
        raise bad_row(f"Example {number} must have at least one message from the assistant")


def _check_preference(number: int, row: Json) -> None:
    where = f"Example {number}"
    _check_keys(where, row, required=PREFERENCE_KEYS, allowed=PREFERENCE_KEYS)
    if not isinstance(row["input"], dict):
        raise bad_row(f"{where} 'input' must be a dictionary with 'messages'")
    where_input = f"{where}, input"
    _check_keys(where_input, row["input"], required={"messages"}, allowed=ROW_KEYS)
    _checked_messages(where_input, "messages", row["input"]["messages"], number)
    for key in ("preferred_output", "non_preferred_output"):
        _check_output(f"{where}, {key}", key, row[key], number)


def _check_output(where: str, key: str, output: object, number: int) -> None:
    roles = [message["role"] for message in _checked_messages(where, key, output, number)]
    if not set(roles) <= {"assistant", "tool"} or "assistant" not in roles:
        raise bad_row(
            f"{where} must hold messages of the roles assistant and tool only, "
            "at least one from the assistant"
        )


def _checked_messages(where: str, key: str, messages: object, number: int) -> list[Json]:
    if not isinstance(messages, list) or not messages:
        raise bad_row(f"{where} '{key}' must be a list of at least one message")
    for index, message in enumerate(messages, 1):
        _check_message(f"{where}, message {index}", number, message)
    return messages


def _check_message(where: str, number: int, message: object) -> None:
    if not isinstance(message, dict):
        raise bad_row(f"{where} Input should be a valid dictionary")
    if "role" not in message:
        raise bad_row(f"{where} Discriminator 'role' is missing in value")
    role = message["role"]
    allowed = MESSAGE_KEYS.get(role) if isinstance(role, str) else None
    if allowed is None:
        raise bad_row(
            f"{where} Discriminator 'role' is not one of: {', '.join(MESSAGE_KEYS)} in value"
        )
    _check_keys(where, message, required=set(), allowed=allowed)
    _check_weight(where, message)
    _check_content(where, message)
    _check_special_tokens(number, message_text(message))


def _check_weight(where: str, message: Json) -> None:
    weight = message.get("weight")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        raise bad_row(f"{where} 'weight' must be 0 or 1")


def _check_content(where: str, message: Json) -> None:
    content = message.get("content")
    if content is None:
        if not any(message.get(key) for key in ("tool_calls", "function_call", "refusal")):
            raise bad_row(f"{where} is missing key 'content'")
    elif isinstance(content, list):
        if not all(isinstance(part, dict) and "type" in part for part in content):
            raise bad_row(f"{where} has a 'content' part that is not a dictionary with a 'type'")
    elif not isinstance(content, str):
        raise bad_row(f"{where} has a 'content' that is neither a string nor a list of parts")


def _check_keys(where: str, value: Json, *, required: set[str], allowed: set[str]) -> None:
    for key in sorted(required - value.keys()):
        raise bad_row(f"{where} is missing key '{key}'")
    for key in sorted(value.keys() - allowed):
        raise bad_row(f'{where} contains an extra "{key}".', INVALID_FORMAT)


def _check_special_tokens(number: int, text: str) -> None:
    if "<|" in text:
        for token in SPECIAL_TOKENS:
            if token in text:
                raise bad_row(
                    f"Example {number} message contains an invalid token: {token}.", INVALID_FORMAT
                )

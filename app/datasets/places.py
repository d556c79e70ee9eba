"""Places inside a row as rules name them: `messages[2].tool_calls[0].id`."""

import re

STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def value_at(value: object, place: str) -> object | None:
    """What stands there; None where the path leads nowhere, or is none."""
    for index, key in STEP.findall(place):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif key and isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def message_of(place: str) -> tuple[str, int] | None:
    """The list and the number of the message a place is in; None outside of messages."""
    found = re.match(
        r"(?:input\.)?(messages|preferred_output|non_preferred_output)\[(\d+)\]", place
    )
    return (found[1], int(found[2])) if found else None

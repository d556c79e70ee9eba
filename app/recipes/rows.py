"""Going through the texts of a row, whatever its format; what changes is a new row.

A row is never changed in place, and a row in which nothing changes is the same object.
"""

from collections.abc import Callable
from typing import Any

from app.datasets.formats import DatasetFormat

Row = dict[str, Any]
Edit = Callable[[Row, DatasetFormat], Row]
ChangeText = Callable[[str], str]
ChangeMessages = Callable[[list[Any]], list[Any]]

OUTPUTS = ("preferred_output", "non_preferred_output")
SIDES = ("prompt", "completion")


def edit_texts(change: ChangeText, change_arguments: ChangeText | None = None) -> Edit:
    """Contents, refusals and text parts; with `change_arguments` also those of calls."""

    def edit_message(message: Any) -> Any:
        if not isinstance(message, dict):
            return message
        edited = _edit_content(message, change)
        return _edit_calls(edited, change_arguments) if change_arguments else edited

    def edit(row: Row, row_format: DatasetFormat) -> Row:
        if row_format is DatasetFormat.COMPLETION:
            return change_sides(row, dict.fromkeys(SIDES, change))
        return change_messages(row, row_format, lambda each: _edit_list(each, edit_message))

    return edit


def change_sides(row: Row, changes: dict[str, ChangeText]) -> Row:
    """Prompt and completion, each by its own change."""
    found = {key: row[key] for key in changes if isinstance(row.get(key), str)}
    return _with(row, {key: changes[key](text) for key, text in found.items()})


def change_messages(row: Row, row_format: DatasetFormat, change: ChangeMessages) -> Row:
    """All lists of messages: of a preference pair the input and both outputs."""
    if row_format is not DatasetFormat.PREFERENCE:
        return _change_lists(row, ("messages",), change)
    row = change_input(row, change)
    return _change_lists(row, OUTPUTS, change)


def change_conversation(row: Row, row_format: DatasetFormat, change: ChangeMessages) -> Row:
    """The messages with which the example begins."""
    if row_format is DatasetFormat.PREFERENCE:
        return change_input(row, change)
    return _change_lists(row, ("messages",), change)


def change_input(row: Row, change: ChangeMessages) -> Row:
    source = row.get("input")
    if not isinstance(source, dict):
        return row
    return _with(row, {"input": _change_lists(source, ("messages",), change)})


def _change_lists(holder: Row, keys: tuple[str, ...], change: ChangeMessages) -> Row:
    found = {key: holder[key] for key in keys if isinstance(holder.get(key), list)}
    return _with(holder, {key: change(messages) for key, messages in found.items()})


def _edit_content(message: Row, change: ChangeText) -> Row:
    content = message.get("content")
    if isinstance(content, list):
        parts = _edit_list(content, lambda part: _edit_part(part, change))
        message = _with(message, {"content": parts})
    return _edit_strings(message, ("content", "refusal"), change)


def _edit_calls(message: Row, change: ChangeText) -> Row:
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        message = _with(message, {"tool_calls": _edit_list(calls, lambda c: _edit_call(c, change))})
    return _edit_arguments(message, "function_call", change)


def _edit_call(call: Any, change: ChangeText) -> Any:
    return _edit_arguments(call, "function", change) if isinstance(call, dict) else call


def _edit_arguments(holder: Row, key: str, change: ChangeText) -> Row:
    function = holder.get(key)
    if not isinstance(function, dict):
        return holder
    return _with(holder, {key: _edit_strings(function, ("arguments",), change)})


def _edit_part(part: Any, change: ChangeText) -> Any:
    return _edit_strings(part, ("text", "refusal"), change) if isinstance(part, dict) else part


def _edit_strings(holder: Row, keys: tuple[str, ...], change: ChangeText) -> Row:
    found = {key: holder[key] for key in keys if isinstance(holder.get(key), str)}
    return _with(holder, {key: change(text) for key, text in found.items()})


def _edit_list(items: list[Any], edit: Callable[[Any], Any]) -> list[Any]:
    edited = [edit(item) for item in items]
    same = all(new is old for new, old in zip(edited, items, strict=True))
    return items if same else edited


def _with(holder: Row, changed: Row) -> Row:
    """The same object where each value is the one that is there."""
    if all(holder[key] is value or holder[key] == value for key, value in changed.items()):
        return holder
    return holder | changed

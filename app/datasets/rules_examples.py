"""Rules about whole examples of each format: which parts a row needs and what is too much."""

from collections.abc import Iterator
from typing import Any

from app.core.text import N_
from app.datasets.formats import CHAT_KEYS, COMPLETION_KEYS, PREFERENCE_KEYS, DatasetFormat
from app.datasets.rules import Fix, Problem, Rule, Severity
from app.datasets.rules_chat import check_messages
from app.datasets.rules_completion import check_pair
from app.datasets.rules_content import check_texts
from app.datasets.rules_tools import check_tools

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

CHAT = frozenset({DatasetFormat.CHAT})
COMPLETION = frozenset({DatasetFormat.COMPLETION})
PREFERENCE = frozenset({DatasetFormat.PREFERENCE})
REINFORCEMENT = frozenset({DatasetFormat.REINFORCEMENT})

EXAMPLE_MISSING_ASSISTANT_MESSAGE = Rule(
    "example_missing_assistant_message",
    E,
    N_("No message is the assistant's, so there is nothing to learn."),
    CHAT,
    fix=Fix.DROP_BROKEN,
)
LAST_MESSAGE_NOT_ASSISTANT = Rule(
    "last_message_not_assistant",
    W,
    N_("The last message is not the assistant's; what follows its last answer teaches nothing."),
    CHAT,
)
ALL_WEIGHTS_ZERO = Rule(
    "all_weights_zero",
    W,
    N_("Every answer of the assistant has weight 0, so nothing is learned from the example."),
    CHAT,
    fix=Fix.DROP_LINES,
)
UNRECOGNIZED_KEY = Rule(
    "unrecognized_key",
    E,
    N_("The example has a key beside those of the format; providers refuse it."),
    CHAT | COMPLETION | PREFERENCE,
    fix=Fix.DROP_BROKEN,
)

PROMPT_DATA_TYPE = Rule(
    "prompt_data_type",
    E,
    N_("“prompt” is missing or is not text."),
    COMPLETION,
    fix=Fix.DROP_BROKEN,
)
COMPLETION_DATA_TYPE = Rule(
    "completion_data_type",
    E,
    N_("“completion” is missing or is not text."),
    COMPLETION,
    fix=Fix.DROP_BROKEN,
)
EMPTY_COMPLETION = Rule(
    "empty_completion", W, N_("The completion is empty."), COMPLETION, fix=Fix.DROP_LINES
)

MISSING_INPUT = Rule(
    "missing_input",
    E,
    N_("“input” with its messages is missing or not an object."),
    PREFERENCE,
    fix=Fix.DROP_BROKEN,
)
MISSING_OUTPUT = Rule(
    "missing_output",
    E,
    N_("“preferred_output” or “non_preferred_output” is missing or empty."),
    PREFERENCE,
    fix=Fix.DROP_BROKEN,
)
OUTPUT_ROLE = Rule(
    "output_role",
    E,
    N_(
        "An output needs an answer of the assistant and may hold only the roles assistant and tool."
    ),
    PREFERENCE,
    fix=Fix.DROP_BROKEN,
)
IDENTICAL_OUTPUTS = Rule(
    "identical_outputs",
    W,
    N_("The preferred and the other output are the same, so nothing is preferred."),
    PREFERENCE,
    fix=Fix.DROP_LINES,
)
INPUT_LAST_NOT_USER = Rule(
    "input_last_not_user", W, N_("The input does not end with the user's message."), PREFERENCE
)

ENDS_WITH_ANSWER = Rule(
    "ends_with_answer",
    W,
    N_("The messages end with an answer; in reinforcement the model is to write it."),
    REINFORCEMENT,
)
MISSING_REFERENCE = Rule(
    "missing_reference",
    I,
    N_("Beside the messages nothing is there for a grader to compare with."),
    REINFORCEMENT,
)

RULES = (
    EXAMPLE_MISSING_ASSISTANT_MESSAGE, LAST_MESSAGE_NOT_ASSISTANT, ALL_WEIGHTS_ZERO,
    UNRECOGNIZED_KEY, PROMPT_DATA_TYPE, COMPLETION_DATA_TYPE, EMPTY_COMPLETION, MISSING_INPUT,
    MISSING_OUTPUT, OUTPUT_ROLE, IDENTICAL_OUTPUTS, INPUT_LAST_NOT_USER, ENDS_WITH_ANSWER,
    MISSING_REFERENCE,
)  # fmt: skip


def check_chat(row: dict[str, Any]) -> Iterator[Problem]:
    messages = row.get("messages")
    yield from _check_message_row(row, messages)
    if len(row) > 1:
        yield from _check_keys(row, CHAT_KEYS)
    if isinstance(messages, list) and messages:
        yield from _check_answers(messages)


def check_reinforcement(row: dict[str, Any]) -> Iterator[Problem]:
    messages = row.get("messages")
    yield from _check_message_row(row, messages)
    if isinstance(messages, list) and messages and _role(messages[-1]) == "assistant":
        yield Problem(ENDS_WITH_ANSWER, f"messages[{len(messages) - 1}]")
    if not row.keys() - CHAT_KEYS:
        yield Problem(MISSING_REFERENCE, "")


def check_completion(row: dict[str, Any]) -> Iterator[Problem]:
    prompt, completion = row.get("prompt"), row.get("completion")
    if not isinstance(prompt, str):
        yield Problem(PROMPT_DATA_TYPE, "prompt")
    if not isinstance(completion, str):
        yield Problem(COMPLETION_DATA_TYPE, "completion")
    elif not completion.strip():
        yield Problem(EMPTY_COMPLETION, "completion")
    if isinstance(prompt, str) and isinstance(completion, str):
        yield from check_pair(prompt, completion)
    yield from check_texts(row, "")
    yield from _check_keys(row, COMPLETION_KEYS)


def check_preference(row: dict[str, Any]) -> Iterator[Problem]:
    source = row.get("input")
    if isinstance(source, dict):
        yield from _check_input(source)
    else:
        yield Problem(MISSING_INPUT, "input")
    preferred, other = row.get("preferred_output"), row.get("non_preferred_output")
    yield from _check_output(preferred, "preferred_output")
    yield from _check_output(other, "non_preferred_output")
    if preferred and preferred == other:
        yield Problem(IDENTICAL_OUTPUTS, "non_preferred_output")
    yield from _check_keys(row, PREFERENCE_KEYS)


CHECKS = {
    DatasetFormat.CHAT: check_chat,
    DatasetFormat.COMPLETION: check_completion,
    DatasetFormat.PREFERENCE: check_preference,
    DatasetFormat.REINFORCEMENT: check_reinforcement,
}


def _check_message_row(row: dict[str, Any], messages: object) -> Iterator[Problem]:
    yield from check_messages(messages, "messages")
    yield from check_tools(row, messages, "")


def _check_keys(row: dict[str, Any], known: frozenset[str]) -> Iterator[Problem]:
    for key in row.keys() - known:
        yield Problem(UNRECOGNIZED_KEY, key)


def _check_answers(messages: list[Any]) -> Iterator[Problem]:
    answers = [message for message in messages if _role(message) == "assistant"]
    if not answers:
        yield Problem(EXAMPLE_MISSING_ASSISTANT_MESSAGE, "messages")
        return
    if _role(messages[-1]) != "assistant":
        yield Problem(LAST_MESSAGE_NOT_ASSISTANT, f"messages[{len(messages) - 1}]")
    if all(answer.get("weight") == 0 for answer in answers):
        yield Problem(ALL_WEIGHTS_ZERO, "messages")


def _check_input(source: dict[str, Any]) -> Iterator[Problem]:
    messages = source.get("messages")
    yield from check_messages(messages, "input.messages")
    yield from check_tools(source, messages, "input.")
    for key in source.keys() - CHAT_KEYS:
        yield Problem(UNRECOGNIZED_KEY, f"input.{key}")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if last is not None and _role(last) not in {"user", "tool"}:
        yield Problem(INPUT_LAST_NOT_USER, "input.messages")


def _check_output(output: object, place: str) -> Iterator[Problem]:
    if not isinstance(output, list) or not output:
        yield Problem(MISSING_OUTPUT, place)
        return
    yield from check_messages(output, place)
    roles = {_role(message) for message in output}
    if "assistant" not in roles or not roles <= {"assistant", "tool"}:
        yield Problem(OUTPUT_ROLE, place)


def _role(message: object) -> str | None:
    role = message.get("role") if isinstance(message, dict) else None
    return role if isinstance(role, str) else None

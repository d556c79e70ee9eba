"""What there is to learn from a checked row."""

from dataclasses import dataclass
from typing import Any

from app.engine.tool_calls import calls_text, tools_text

Json = dict[str, Any]
TOOLS = "tools"


@dataclass(frozen=True, slots=True)
class Turn:
    """Beside the roles of messages: `tools` for what may be called, `prompt`, `completion`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """An answer to learn and the turns before it."""

    prompt: tuple[Turn, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Preference:
    """Answers to the same prompt; nearly always one on each side."""

    preferred: tuple[Target, ...]
    rejected: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A row has targets (supervised) or a preference (dpo); turns are all it says, for billing."""

    turns: tuple[Turn, ...]
    targets: tuple[Target, ...] = ()
    preference: Preference | None = None


def to_example(row: Json) -> Example:
    """Every assistant message with weight 1 (the default) is a target."""
    if "input" in row:
        return _preference_example(row)
    if "messages" in row:
        messages = row["messages"]
        return Example(to_turns(messages), _targets(tools_turns(row), messages))
    prompt, answer = Turn("prompt", row["prompt"]), row["completion"]
    return Example((prompt, Turn("completion", answer)), (Target((prompt,), answer),))


def to_turns(messages: list[Json]) -> tuple[Turn, ...]:
    return tuple(Turn(str(message.get("role")), message_text(message)) for message in messages)


def tools_turns(source: Json) -> tuple[Turn, ...]:
    """The tools of a row or a request as a turn before all others; none without tools."""
    text = tools_text(source)
    return (Turn(TOOLS, text),) if text else ()


def message_text(message: Json) -> str:
    """What a message says, and the calls it makes."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    said = content or message.get("refusal") or ""
    return (said if isinstance(said, str) else "") + calls_text(message)


def _targets(before: tuple[Turn, ...], messages: list[Json]) -> tuple[Target, ...]:
    turns = to_turns(messages)
    return tuple(
        Target(before + turns[:index], turns[index].text)
        for index, message in enumerate(messages)
        if message["role"] == "assistant" and message.get("weight") != 0
    )


def _preference_example(row: Json) -> Example:
    asked = to_turns(row["input"]["messages"])
    before = tools_turns(row["input"]) + asked
    outputs = (row["preferred_output"], row["non_preferred_output"])
    preferred, rejected = (_targets(before, output) for output in outputs)
    turns = asked + to_turns(outputs[0]) + to_turns(outputs[1])
    return Example(turns, preference=Preference(preferred, rejected))

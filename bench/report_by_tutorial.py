"""The tutorials' check and count of a chat dataset, written down from their description.

`report_by_tutorial.py FILE ENCODING` prints its figures as JSON. Every row in a list, every value
encoded, the assistant's contents once more, quantiles of lists. The tokenizer is tiktoken, with
the table that Tuneboard carries, since the tutorials' download needs a network.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets.tokens import load_tiktoken

KEYS = ("role", "content", "name", "function_call", "weight")
ROLES = ("system", "user", "assistant", "function")


def count_errors(dataset: list[Any]) -> int:
    errors: Counter[str] = Counter()
    for example in dataset:
        if not isinstance(example, dict):
            errors["data_type"] += 1
            continue
        messages = example.get("messages")
        if not messages:
            errors["missing_messages_list"] += 1
            continue
        for message in messages:
            count_message_errors(message, errors)
        if not any(message.get("role") == "assistant" for message in messages):
            errors["example_missing_assistant_message"] += 1
    return errors.total()


def count_message_errors(message: dict[str, Any], errors: Counter[str]) -> None:
    if "role" not in message or "content" not in message:
        errors["message_missing_key"] += 1
    if any(key not in KEYS for key in message):
        errors["message_unrecognized_key"] += 1
    if message.get("role") not in ROLES:
        errors["unrecognized_role"] += 1
    if not message.get("content", "") and not message.get("function_call", ""):
        errors["missing_content"] += 1


def count_tokens(encoding: Any, messages: list[dict[str, str]]) -> int:
    tokens = 0
    for message in messages:
        tokens += 3
        for key, value in message.items():
            tokens += len(encoding.encode(value))
            if key == "name":
                tokens += 1
    return tokens + 3


def count_assistant_tokens(encoding: Any, messages: list[dict[str, str]]) -> int:
    return sum(
        len(encoding.encode(message["content"]))
        for message in messages
        if message["role"] == "assistant"
    )


def describe(values: list[int]) -> dict[str, float]:
    return {
        "min": min(values),
        "max": max(values),
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "p10": float(np.quantile(values, 0.1)),
        "p90": float(np.quantile(values, 0.9)),
    }


def report(path: Path, encoding_name: str) -> dict[str, Any]:
    encoding = load_tiktoken(encoding_name)
    with path.open(encoding="utf-8") as lines:
        dataset = [json.loads(line) for line in lines]
    figures: dict[str, Any] = {"examples": len(dataset), "errors": count_errors(dataset)}
    conversations = [example["messages"] for example in dataset]
    for role in ("system", "user"):
        figures[f"missing_{role}"] = sum(
            not any(message["role"] == role for message in messages) for messages in conversations
        )
    totals = [count_tokens(encoding, messages) for messages in conversations]
    answers = [count_assistant_tokens(encoding, messages) for messages in conversations]
    return figures | {
        "messages_per_example": describe([len(messages) for messages in conversations]),
        "tokens_per_example": describe(totals),
        "assistant_tokens_per_example": describe(answers),
        "tokens_total": sum(totals),
        "assistant_tokens_total": sum(answers),
    }


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]), sys.argv[2])))

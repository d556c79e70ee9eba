"""The counts are those of the tutorials' script, written down here once more."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets.statistics import Distribution
from app.datasets.tokens import load_tiktoken
from tests.datasets.conftest import Check, chat_row

Message = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "function"]),
        "content": st.text(min_size=1, max_size=60),
    },
    optional={"name": st.text("abc_-", min_size=1, max_size=8), "mood": st.text(max_size=9)},
)
Rows = st.lists(
    st.fixed_dictionaries({"messages": st.lists(Message, min_size=1, max_size=5)}),
    min_size=1,
    max_size=12,
)


tutorial_encoding = cache(load_tiktoken)


def describe(values: list[int]) -> Distribution:
    return Distribution(
        min(values),
        max(values),
        float(np.mean(values)),
        float(np.median(values)),
        float(np.quantile(values, 0.1)),
        float(np.quantile(values, 0.9)),
    )


def assert_counts_are_the_tutorials(check: Check, rows: list[Any], name: str) -> None:
    encoding = tutorial_encoding(name)
    turns, totals, answers = [], [], []
    for row in rows:
        total, answer = 3, 0
        for message in row["messages"]:
            total += 3
            for key, value in message.items():
                tokens = len(encoding.encode(value, disallowed_special=()))
                total += tokens + (key == "name")
                if key == "content" and message["role"] == "assistant":
                    answer += tokens
        turns.append(len(row["messages"]))
        totals.append(total)
        answers.append(answer)
    statistics = check(rows, encoding=name, format="chat").report.statistics
    roles = [{message["role"] for message in row["messages"]} for row in rows]
    assert statistics.missing_system == sum("system" not in found for found in roles)
    assert statistics.missing_user == sum("user" not in found for found in roles)
    assert statistics.messages_per_example == describe(turns)
    assert statistics.tokens_per_example == describe(totals)
    assert statistics.assistant_tokens_per_example == describe(answers)
    assert statistics.tokens_total == sum(totals)
    assert statistics.assistant_tokens_total == sum(answers)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=Rows)
def test_any_rows_of_the_tutorials_shape(check: Check, rows: list[Any]) -> None:
    assert_counts_are_the_tutorials(check, rows, "cl100k_base")


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base"])
def test_many_rows(check: Check, name: str) -> None:
    rows = [chat_row(number) for number in range(3000)]
    for number, row in enumerate(rows):
        row["messages"][1]["content"] = "얼마나 걸리나요? " * (number % 37 + 1)
        row["messages"] = row["messages"][number % 3 == 0 :]
    assert_counts_are_the_tutorials(check, rows, name)


def test_the_tutorials_errors_have_their_names(check: Check) -> None:
    rows: list[Any] = [
        ["not a dict"],
        {"prompt": "x"},
        {"messages": [{"content": "no role"}, {"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "user", "text": "x"}, {"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "bot", "content": "x"}, {"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "user", "content": "x"}]},
    ]
    checked = check(rows, format="chat")
    assert {rule: checked.lines(rule) for rule in TUTORIAL_LINES} == TUTORIAL_LINES


TUTORIAL_LINES = {
    "data_type": [1],
    "missing_messages_list": [2],
    "message_missing_key": [3, 4],
    "message_unrecognized_key": [4],
    "unrecognized_role": [3, 5],
    "missing_content": [4, 6],
    "example_missing_assistant_message": [7],
}

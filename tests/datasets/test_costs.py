"""Epochs, limits, prices and both sums."""

import pytest

from app.datasets.costs import (
    cost_of,
    default_epochs,
    default_model,
    find_price,
    find_token_limit,
)
from app.datasets.formats import DatasetFormat
from app.datasets.tokens import get_encoding
from tests.datasets.conftest import Check, chat_row


@pytest.mark.parametrize(
    ("examples", "epochs"),
    [(0, 3), (1, 25), (3, 25), (10, 10), (33, 3), (34, 3), (8333, 3), (10_000, 2), (30_000, 1)],
)
def test_default_epochs(examples: int, epochs: int) -> None:
    assert default_epochs(examples) == epochs


@pytest.mark.parametrize(
    ("model", "limit", "price"),
    [
        ("gpt-4.1-mini-2025-04-14", 65_536, 5.0),
        ("ft:gpt-4o-mini-2024-07-18:o::i", 65_536, 3.0),
        ("gpt-4o-2024-08-06", 65_536, 25.0),
        ("gpt-3.5-turbo-0125", 16_385, 8.0),
        ("gpt-3.5-turbo-0613", 4_096, 8.0),
        ("davinci-002", 16_384, 6.0),
        ("o4-mini-2025-04-16", None, None),
        ("tiny-chat", None, 0.0),
        ("someone/else", None, None),
    ],
)
def test_facts_of_a_model(model: str, limit: int | None, price: float | None) -> None:
    assert find_token_limit(model) == limit
    assert find_price(model) == price


def test_a_cost_has_both_sums() -> None:
    cost = cost_of("gpt-4.1-mini", 3, billed_tokens=1_000_000, estimated_tokens=1_004_000)
    assert (cost.billed_tokens, cost.usd) == (3_000_000, 15.0)
    assert (cost.estimated_tokens, cost.estimated_usd) == (3_012_000, 15.06)
    assert cost_of("unheard-of", 3, 10, 10).usd is None


def test_the_provider_bills_one_an_example_and_four_a_message(check: Check) -> None:
    rows = [chat_row(number) for number in range(40)]
    count = get_encoding("o200k_base").count
    contents = sum(count(message["content"]) for row in rows for message in row["messages"])
    report = check(rows).report
    assert report.cost(n_epochs=2).billed_tokens == 2 * (40 * (1 + 3 * 4) + contents)
    assert report.cost(n_epochs=2).estimated_tokens == 2 * report.statistics.tokens_total
    assert report.cost().n_epochs == 3


def test_tokens_beyond_the_limit_are_not_billed(check: Check) -> None:
    long = chat_row()
    long["messages"][2]["content"] = "word " * 6000
    report = check([long], model="gpt-3.5-turbo-0613").report
    assert report.cost(n_epochs=1).billed_tokens == 4096
    assert report.cost(n_epochs=1).estimated_tokens == 4096
    assert report.cost("gpt-4.1", n_epochs=1).billed_tokens > 6000


@pytest.mark.parametrize(
    ("row_format", "encoding", "model"),
    [
        (DatasetFormat.CHAT, None, "gpt-4o-mini-2024-07-18"),
        (DatasetFormat.CHAT, "o200k_base", "gpt-4o-mini-2024-07-18"),
        (DatasetFormat.CHAT, "cl100k_base", "gpt-3.5-turbo-0125"),
        (DatasetFormat.COMPLETION, None, "babbage-002"),
        (DatasetFormat.REINFORCEMENT, None, "o4-mini-2025-04-16"),
    ],
)
def test_the_model_when_none_is_named(
    row_format: DatasetFormat, encoding: str | None, model: str
) -> None:
    assert default_model(row_format, encoding) == model

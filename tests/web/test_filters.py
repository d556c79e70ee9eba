"""How values are written."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.web.filters import ago, duration, figure, filesize, percent, short_id, usd


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.678, "12,346"),
        (123.456, "123.46"),
        (1.33333, "1.3333"),
        (0.0123456, "0.01235"),
        (0.00012345, "0.000123"),
        (0, "0"),
        (None, "–"),
        (-2.5, "-2.5000"),
    ],
)
def test_figures_bear_as_many_decimals_as_their_size(value: float | None, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12 B"),
        (1023, "1,023 B"),
        (1500, "1.5 kB"),
        (1_048_575, "1 MB"),
        (512 * 1024 * 1024, "512 MB"),
        (512_000_000, "488.3 MB"),
        (5_000_000_000_000_000, "4,547.5 TB"),
        (None, "–"),
    ],
)
def test_sizes(value: int | None, text: str) -> None:
    assert filesize(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "< 1 s"),
        (5.2, "5 s"),
        (60, "1 min 0 s"),
        (100, "1 min 40 s"),
        (7260, "2 h 1 min"),
        (None, "–"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_ids_are_cut_in_the_middle() -> None:
    assert short_id("ftjob-abcdefghijklmnopqrst") == "ftjob-abcdef…opqrst"
    assert short_id("ftjob-short") == "ftjob-short"


def test_shares_and_prices() -> None:
    assert percent(0.125, 1) == "12.5%"
    assert (usd(0.43), usd(0.0012), usd(0)) == ("$0.43", "$0.0012", "$0.00")


def test_times_say_both_how_long_ago_and_when() -> None:
    html = ago(now() - timedelta(minutes=12))
    assert "12 minutes ago" in html
    assert "UTC" in html

"""Ranges by name, and the benchmark line, by hand-computed numbers."""

from __future__ import annotations

from datetime import date

import pytest

from portfolios.compared import in_the_benchmark
from portfolios.forms import plain_number
from portfolios.ranges import range_of, range_or_default

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("key", "start"),
    [
        ("1D", date(2026, 11, 21)),
        ("1W", date(2026, 11, 15)),
        ("YTD", date(2026, 1, 1)),
        ("1Y", date(2025, 11, 22)),
        ("ALL", None),
        ("2026-01-01..2026-06-30", date(2026, 1, 1)),
    ],
)
def test_named_ranges(key: str, start: date | None) -> None:
    found = range_of(key, TODAY)
    assert found.start == start
    assert found.key == key


def test_a_custom_range_ends_today_at_the_latest() -> None:
    assert range_of("2026-11-01..2027-01-01", TODAY).end == TODAY


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "first and a last"),
        ("2W", "first and a last"),
        ("2026-06-30..2026-01-01", "after the last"),
        ("2027-06-30..2027-07-01", "in the future"),
        ("2026-02-30..2026-03-01", "first and a last"),
    ],
)
def test_what_is_no_range_says_why(key: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        range_of(key, TODAY)


def test_the_first_readable_wish_wins() -> None:
    assert range_or_default(["nonsense", "3M"], TODAY).key == "3M"
    assert range_or_default(["nonsense", ""], TODAY).key == "1Y"


def days(*numbers: int) -> list[date]:
    return [date(2026, 1, number) for number in numbers]


def test_the_same_money_in_the_benchmark() -> None:
    flows = list(zip(days(1, 2, 3, 4), [0.0, 100.0, 0.0, -60.0], strict=True))
    prices = dict(zip(days(1, 2, 3, 4), [10.0, 20.0, 10.0, 30.0], strict=True))
    # 100 buys 10 units; 100 more at 20 make 15; they are 150 at 10, and 450 at 30 less 60.
    assert [v for _, v in in_the_benchmark(100.0, flows, prices)] == [100.0, 300.0, 150.0, 390.0]


def test_a_day_without_a_price_waits_for_the_next() -> None:
    flows = list(zip(days(1, 2, 3), [0.0, 50.0, 0.0], strict=True))
    prices = {date(2026, 1, 1): 10.0, date(2026, 1, 2): float("nan"), date(2026, 1, 3): 10.0}
    points = in_the_benchmark(100.0, flows, prices)
    assert points == [(date(2026, 1, 1), 100.0), (date(2026, 1, 3), 150.0)]


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("1,234.5", "en-US", "1234.5"),
        ("1.234,5", "de-DE", "1234.5"),
        ("0.5", "de-DE", "0.5"),
        ("0,5", "fr-FR", "0.5"),
        ("1\u202f234,5", "fr-FR", "1234.5"),
        ("1\u2019234.5", "de-CH", "1234.5"),
        ("abc", "en-US", "abc"),
    ],
)
def test_numbers_as_people_type_them(text: str, locale: str, expected: str) -> None:
    assert plain_number(text, locale) == expected

"""Periods, sleeves, currency and benchmark as pure arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolios.compared import held, mix_of
from portfolios.contributed import Sleeves, linked, time_weighted
from portfolios.currency import RatedDay, effect
from portfolios.periods import By, first_day, grouped, label, last_day
from portfolios.returns import Day, earned
from portfolios.returns import linked as chained

START = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("day", "by", "first", "last", "name"),
    [
        ("2024-02-29", "day", "2024-02-29", "2024-02-29", "2024-02-29"),
        ("2024-12-31", "week", "2024-12-30", "2025-01-05", "2025-W01"),
        ("2024-02-10", "month", "2024-02-01", "2024-02-29", "2024-02"),
        ("2024-12-31", "month", "2024-12-01", "2024-12-31", "2024-12"),
        ("2024-12-31", "year", "2024-01-01", "2024-12-31", "2024"),
    ],
)
def test_periods(day: str, by: By, first: str, last: str, name: str) -> None:
    begin = first_day(date.fromisoformat(day), by)
    assert begin == date.fromisoformat(first)
    assert last_day(begin, by) == date.fromisoformat(last)
    assert label(begin, by) == name


money = st.decimals(0, 10**6, places=2)
days_of_a_book = st.lists(
    st.tuples(st.one_of(st.none(), money), money, money), min_size=1, max_size=120
)


@given(days_of_a_book, st.sampled_from(["day", "week", "month", "year"]))
def test_periods_compound_to_the_range_and_their_profits_sum(
    rows: list[tuple[Decimal | None, Decimal, Decimal]], by: By
) -> None:
    days = [Day(*row) for row in rows]
    found = earned(Decimal(100), days)
    parts = list(grouped(((START + timedelta(n), day) for n, day in enumerate(found)), by))
    whole = chained(None if day is None else day.fraction for day in found)
    growth = 1.0
    for _, group in parts:
        growth *= 1 + (chained(None if d is None else d.fraction for d in group) or 0.0)
    assert growth == pytest.approx(1 + (whole or 0.0), rel=1e-9, abs=1e-9)
    assert sum(len(group) for _, group in parts) == len(days)
    priced = [n for n, day in enumerate(days) if day.value is not None]
    if priced:
        until = days[: priced[-1] + 1]
        value = days[priced[-1]].value or Decimal(0)
        came = sum((day.inflow - day.outflow for day in until), Decimal(0))
        assert sum(d.profit for d in found if d is not None) == value - 100 - came


def test_an_unknown_opening_makes_no_profit_of_everything() -> None:
    days = [Day(Decimal(110), Decimal(0), Decimal(0)), Day(Decimal(121), Decimal(0), Decimal(0))]
    first, second = earned(None, days)
    assert first is None
    assert second is not None
    assert second.fraction == pytest.approx(0.1)


# contributions


def sleeves(values: list[list[float]], flows: list[list[float]]) -> Sleeves:
    """`flows`: in positive, out negative, all from outside."""
    moved = np.array(flows)
    came, left = np.maximum(moved, 0), np.maximum(-moved, 0)
    return Sleeves(np.array(values), came, left, came.sum(axis=1))


def test_parts_of_two_days_worked_by_hand() -> None:
    # Day 1: A 100 → 110, B 100 → 95: 5 of 200. Day 2: A 110 → 99, B 95 → 114: 8 of 205.
    found, whole = linked(sleeves([[100, 100], [110, 95], [99, 114]], [[0, 0], [0, 0]]))
    assert whole == pytest.approx(213 / 200 - 1)
    assert found.tolist() == pytest.approx([10 / 200 - 11 / 200, -5 / 200 + 19 / 200])


def test_a_days_gap_is_spanned() -> None:
    nan = float("nan")
    gap = sleeves([[100, 100], [110, nan], [99, 114]], [[0, 10], [0, 0]])
    found, whole = linked(gap.valued())
    assert whole == pytest.approx(213 / 210 - 1)
    assert found.sum() == pytest.approx(whole)
    nothing = sleeves([[100, 100], [110, nan]], [[0, 10]])
    assert linked(nothing.valued())[1] == 0.0


prices = st.floats(0.01, 1e4)


@settings(max_examples=60)
@given(st.data(), st.integers(1, 5), st.integers(1, 30))
def test_parts_sum_to_the_whole(data: st.DataObject, assets: int, days: int) -> None:
    def table(rows: int, of: st.SearchStrategy[float]) -> list[list[float]]:
        row = st.lists(of, min_size=assets, max_size=assets)
        return data.draw(st.lists(row, min_size=rows, max_size=rows))

    found = sleeves(table(days + 1, prices), table(days, st.floats(0, 1e4)))
    parts, whole = linked(found)
    assert parts.sum() == pytest.approx(whole, rel=1e-6, abs=1e-6)
    assert np.isfinite(parts).all()
    assert np.isfinite(time_weighted(found)).all()


# currency


def rated(value: str, rate: str, inflow: str = "0") -> RatedDay:
    return RatedDay(Decimal(value), Decimal(inflow), Decimal(0), Decimal(rate))


def test_the_currency_apart() -> None:
    # 100 dollars at 0.90; they become 110 dollars at 0.99: 90 → 108.9.
    found = effect(rated("90", "0.9"), [rated("108.9", "0.99")])
    assert found.currency == Decimal("9.0")  # 90 * (0.99 / 0.9 - 1)
    assert found.assets == Decimal("9.9")  # 10 dollars at 0.99
    assert found.assets_return == pytest.approx(0.1)
    assert found.currency_return == pytest.approx(0.1)


def test_money_that_came_today_has_no_currency_effect_today() -> None:
    found = effect(rated("0", "0.9"), [rated("99", "0.99", inflow="99")])
    assert (found.assets, found.currency) == (Decimal(0), Decimal(0))


def test_a_missing_rate_is_said() -> None:
    unknown = RatedDay(Decimal(1), Decimal(0), Decimal(0), None)
    assert effect(rated("1", "1"), [unknown]).reason
    assert effect(unknown, [rated("1", "1")]).currency is None


@given(st.lists(st.tuples(money, money, st.decimals("0.01", 100, places=4)), min_size=1))
def test_both_effects_sum_to_the_profit(rows: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    days = [RatedDay(value, came, Decimal(0), rate) for value, came, rate in rows]
    found = effect(RatedDay(Decimal(50), Decimal(0), Decimal(0), Decimal(1)), days)
    assert found.assets is not None
    assert found.currency is not None
    profit = rows[-1][0] - 50 - sum(came for _, came, _ in rows)
    assert found.assets + found.currency == pytest.approx(profit, rel=Decimal("1e-15"))


# benchmark


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("btc", (("BTC", 1.0),)),
        ("BTC:100", (("BTC", 1.0),)),
        (" BTC:60, ETH:40 ", (("BTC", 0.6), ("ETH", 0.4))),
        ("BTC:33.33,ETH:33.33,SOL:33.34", (("BTC", 0.3333), ("ETH", 0.3333), ("SOL", 0.3334))),
    ],
)
def test_a_mix(text: str, shares: tuple[tuple[str, float], ...]) -> None:
    found = mix_of(text).shares
    assert [symbol for symbol, _ in found] == [symbol for symbol, _ in shares]
    assert [share for _, share in found] == pytest.approx([share for _, share in shares])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BTC,ETH",
        "BTC:60",
        "BTC:60,ETH:50",
        "BTC:50,BTC:50",
        "BTC:-10,ETH:110",
        "B C",
        "BTC:nan",
        "BTC:0,ETH:100",
        ",".join(f"A{n}:5" for n in range(20)),
        "BTC:6\u0660,ETH:40",
    ],
)
def test_what_is_no_mix_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        mix_of(text)


def test_the_same_money_in_a_mix() -> None:
    days = [(START, 0.0), (START + timedelta(1), 50.0), (START + timedelta(2), -100.0)]
    mix = mix_of("BTC:60,ETH:40")
    found = held(mix, 100.0, days, [10.0, 1.0], [[20.0, 1.0], [20.0, 2.0], [10.0, 2.0]])
    # 6 BTC and 40 ETH: 160, then 200; 30 and 20 more buy 1.5 BTC and 10 ETH: 250 in all.
    # Day 3: 75 + 100 = 175 before 100 are taken.
    assert found.values == pytest.approx([160.0, 250.0, 75.0])
    assert found.index == pytest.approx([1.6, 2.0, 2.0 * 175 / 250])
    assert found.ran_out is None


def test_a_benchmark_can_run_out() -> None:
    days = [(START, 0.0), (START + timedelta(1), -100.0), (START + timedelta(2), 0.0)]
    found = held(mix_of("BTC"), 100.0, days, [10.0], [[5.0], [5.0], [5.0]])
    assert found.values == [50.0, None, None]
    assert found.ran_out == START + timedelta(1)


def test_money_waits_for_the_first_price() -> None:
    nan = float("nan")
    days = [(START, 100.0), (START + timedelta(1), 20.0), (START + timedelta(2), 0.0)]
    found = held(mix_of("BTC"), 0.0, days, [nan], [[nan], [10.0], [20.0]])
    assert found.values == [None, 120.0, 240.0]
    assert found.index == [None, 1.0, 2.0]

"""Daily-linked time-weighted return by table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portfolios.returns import Day, daily_returns, time_weighted


def day(value: str | None, inflow: str = "0", outflow: str = "0") -> Day:
    return Day(None if value is None else Decimal(value), Decimal(inflow), Decimal(outflow))


CASES = {
    # 1000 -> 1100; 500 comes in at the start of day 2, which ends at 1440: 1.1 x 0.9 - 1.
    "oracle": ("1000", [day("1100"), day("1440", "500")], -0.01),
    "a deposit is no profit": ("1000", [day("3000", "2000")], 0.0),
    "a withdrawal is no loss": ("1000", [day("400", "0", "600")], 0.0),
    "first day": (None, [day("110", "100")], 0.1),
    "everything lost": ("100", [day("0")], -1.0),
    "everything sold at a gain": ("100", [day("0", "0", "120"), day("0")], 0.2),
    "a gap keeps its flows": ("100", [day(None, "50"), day("165")], 0.1),
    "nothing held, nothing gained": ("0", [day("0"), day("0")], 0.0),
    "no value at all": ("100", [day(None)], None),
    "no days": ("100", [], None),
}


@pytest.mark.parametrize("name", CASES)
def test_time_weighted(name: str) -> None:
    opening, days, expected = CASES[name]
    got = time_weighted(None if opening is None else Decimal(opening), days)
    assert got == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_a_missing_day_has_no_return() -> None:
    returns = daily_returns(Decimal(100), [day(None), day("110")])
    assert returns == [None, pytest.approx(0.1)]
